#!/usr/bin/env python3
"""Records how PyTorch prints tensors, in tensor_prints.json (read by TensorFormatterTests).

Run: python3 make_tensor_prints.py   (made with torch 1.13; default print options)

Each case: name, shape, the elements either as "bits" (float32 bit patterns, so that NaN, infinities and -0 survive JSON) or as "seed"
and "scale" (torch.manual_seed(seed); torch.rand(shape) * scale), and the print as "text". Cases with "parameter" are nn.Parameter.
"""
import json
import pathlib
import struct

import torch

HERE = pathlib.Path(__file__).parent
NAN, INF = float("nan"), float("inf")

LITERAL = {  # name: (shape, elements)
    "scalar": ([], [1.5]),
    "whole scalar": ([], [3.0]),
    "scalar nan": ([], [NAN]),
    "small scalar": ([], [1.25e-7]),
    "zero scalar": ([], [0.0]),
    "negative zero": ([3], [-0.0, 0.0, 1.0]),
    "negative zero among fractions": ([3], [-0.0, 0.0, 0.5]),
    "two by two": ([2, 2], [0.1, 1.2, 0.3, 4.5]),
    "zeros": ([2], [0.0, 0.0]),
    "zeros that fill a line": ([24], [0.0] * 24),
    "zeros that need two lines": ([25], [0.0] * 25),
    "whole": ([4], [1.0, -20.0, 300.0, 0.0]),
    "whole up to the ratio of 1000": ([2], [1.0, 1000.0]),
    "whole beyond the ratio of 1000": ([2], [1.0, 1001.0]),
    "whole up to 1e8": ([2], [1e8, 2e7]),
    "whole beyond 1e8": ([2], [1.00000008e8, 2e7]),
    "fractions up to the ratio of 1000": ([2], [0.5, 500.0]),
    "fractions beyond the ratio of 1000": ([2], [0.5, 500.5]),
    "fractions just above 1e-4": ([2], [1.1e-4, 0.05]),
    "fractions below 1e-4": ([2], [9.9e-5, 0.05]),
    "1e-4 itself rounds down to below": ([2], [1e-4, 0.05]),
    "large fraction": ([2], [123456.75, 400.5]),
    "nan and infinities alone": ([3], [NAN, INF, -INF]),
    "nan among fractions": ([4], [NAN, 1.5, INF, -INF]),
    "nan among whole numbers": ([4], [NAN, 1.0, INF, -INF]),
    "nan in scientific": ([5], [NAN, 1e-10, INF, -INF, 0.0]),
    "ties round to even": ([4], [0.03125, 0.09375, 0.15625, 1.53125]),
    "scientific ties round to even": ([4], [100005.0, 100015.0, 0.5, -100025.0]),
    "subnormal and largest": ([3], [1e-45, 3.4028235e38, -1e-40]),
    "one element": ([1], [2.5]),
    "one by one by one": ([1, 1, 1], [-2.5]),
    "empty": ([0], []),
    "empty, rank 2": ([0, 3], []),
    "empty, rank 4": ([2, 0, 7, 7], []),
}

RANDOM = {  # name: (shape, seed, scale)
    "eight on a line": ([8], 1, 1),
    "nine need two lines": ([9], 1, 1),
    "rank 2": ([3, 5], 2, 1),
    "rank 3": ([2, 2, 3], 3, 10),
    "rank 4": ([2, 2, 2, 3], 4, 1),
    "rank 5": ([1, 2, 1, 2, 2], 5, 1),
    "a row longer than a line": ([2, 3, 20], 6, 100),
    "wide numbers": ([40], 7, 99999),
    "a thousand in full": ([1000], 8, 1),
    "a thousand and one summarized": ([1001], 9, 1),
    "summarized matrix": ([100, 11], 10, 1),
    "summarized with a short dimension": ([400, 3], 11, 1),
    "summarized with a dimension of six": ([6, 200], 12, 1),
    "summarized with a dimension of seven": ([7, 200], 13, 1),
    "summarized images": ([2, 8, 9, 10], 14, 1),
    "summarized, scientific": ([20, 60], 15, 1e9),
    "deep": ([1] * 12 + [10], 16, 1),
}

PARAMETERS = {  # name: (shape, elements); the suffix takes part in breaking lines
    "parameter of zeros": ([10], [0.0] * 10),
    "parameter of ones": ([10], [1.0] * 10),
    "parameter, last length that leaves room for the suffix": ([5], [0.25, 0.25, 0.25, 0.25, 0.25]),
    "parameter, suffix on a line of its own": ([6], [0.25] * 6),
    "parameter of 13 ones": ([13], [1.0] * 13),
    "parameter of 14 ones": ([14], [1.0] * 14),
    "parameter of 12 ones": ([12], [1.0] * 12),
    "parameter matrix": ([2, 7], [0.125 * i for i in range(14)]),
    "parameter matrix, narrow": ([2, 2], [0.5, 1.0, -1.5, 2.0]),
    "parameter scalar": ([], [0.5]),
    "parameter empty": ([0], []),
    "parameter empty, rank 2": ([0, 3], []),
}


def bits(elements):
    return [struct.unpack("<I", struct.pack("<f", e))[0] for e in elements]


def main():
    torch.set_num_threads(1)
    cases = []
    for name, (shape, elements) in LITERAL.items():
        text = str(torch.tensor(elements, dtype=torch.float32).reshape(shape))
        cases.append({"name": name, "shape": shape, "bits": bits(elements), "text": text})
    for name, (shape, elements) in PARAMETERS.items():
        text = str(torch.nn.Parameter(torch.tensor(elements, dtype=torch.float32).reshape(shape)))
        cases.append({"name": name, "shape": shape, "bits": bits(elements), "parameter": True, "text": text})
    for name, (shape, seed, scale) in RANDOM.items():
        torch.manual_seed(seed)
        text = str(torch.rand(shape) * scale)
        cases.append({"name": name, "shape": shape, "seed": seed, "scale": scale, "text": text})
    lines = ",\n".join(json.dumps(case) for case in cases)
    (HERE / "tensor_prints.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
