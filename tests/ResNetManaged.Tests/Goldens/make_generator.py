#!/usr/bin/env python3
"""Records what PyTorch's CPU generator draws, in generator.json (read by TorchGeneratorTests).

Run: python3 make_generator.py   (made with torch 1.13)

Each case: a seed and the calls made after torch.manual_seed(seed), in order. A call has "kind" (uniform, normal), "n", "a", "b"
(bounds of uniform_, or mean and standard deviation of normal_), "sha256" of the little-endian float32 bytes for uniform (they are equal
bit for bit) or, for normal (equal to a few units in the last place), the "values" at every "step"-th index: 0, step, 2 step ...
"""
import hashlib
import json
import pathlib

import torch

HERE = pathlib.Path(__file__).parent
LENGTHS = [1, 5, 15, 16, 20, 100, 1000]
SEEDS = [0, 1, 42, 2**32 - 1]

U, N = (0.0, 1.0), (0.0, 1.0)
MIXED = [  # sequences of calls: what one leaves in the state, the next one finds
    [("normal", 1, *N), ("uniform", 3, *U), ("normal", 1, *N), ("normal", 1, *N)],  # the second normal of a pair waits
    [("normal", 5, *N), ("normal", 20, *N), ("normal", 4, *N), ("uniform", 10, *U)],
    [("normal", 17, *N), ("uniform", 1, *U), ("normal", 15, *N), ("normal", 16, *N), ("uniform", 700, *U)],
    [("uniform", 623, *U), ("uniform", 2, *U), ("uniform", 1249, *U), ("normal", 3, *N)],  # across refills of the state
    [("uniform", 1000, -0.3, 0.5), ("uniform", 1000, -0.14433756, 0.14433756), ("uniform", 1000, 0.5, 1.7)],
    [("normal", 1000, 0.0, 0.01), ("normal", 7, 3.0, 2.0), ("normal", 33, -1.0, 0.5), ("uniform", 100, *U)],
]


def draw(kind, n, a, b):
    call = {"kind": kind, "n": n, "a": a, "b": b}
    if kind == "uniform":
        values = torch.empty(n).uniform_(a, b)
        call["sha256"] = hashlib.sha256(values.numpy().astype("<f4").tobytes()).hexdigest()
    else:
        values = torch.empty(n).normal_(a, b)
        call["step"] = 1 if n <= 20 else 7
        call["values"] = [float(f"{v:.9g}") for v in values[:: call["step"]].tolist()]
    return call


def check_that_rand_and_randn_are_these_draws():
    for n in LENGTHS:
        for draw_new, fill in ((torch.rand, torch.Tensor.uniform_), (torch.randn, torch.Tensor.normal_)):
            torch.manual_seed(0)
            first = draw_new(n)
            torch.manual_seed(0)
            assert torch.equal(first, fill(torch.empty(n)))


def main():
    torch.set_num_threads(1)
    check_that_rand_and_randn_are_these_draws()
    cases = []
    sequences = [[(kind, n, 0.0, 1.0)] for kind in ("uniform", "normal") for n in LENGTHS] + MIXED
    for seed in SEEDS:
        for calls in sequences:
            torch.manual_seed(seed)
            cases.append({"seed": seed, "calls": [draw(*call) for call in calls]})
    lines = ",\n".join(json.dumps(case) for case in cases)
    (HERE / "generator.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
