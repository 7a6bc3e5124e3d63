"""Writes the checkpoints and arrays that the serialization tests read, and what PyTorch and NumPy say is in them.

Made with Debian's python3-torch 1.13 and python3-numpy 1.24:  /usr/bin/python3 make_checkpoints.py
Expected values go into checkpoints/expected/NAME.npy as little-endian float32; the arrays into npy/.
"""

import os
import struct
import json
from collections import OrderedDict

import numpy
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
CHECKPOINTS = os.path.join(HERE, "checkpoints")
EXPECTED = os.path.join(CHECKPOINTS, "expected")
ARRAYS = os.path.join(HERE, "npy")


def tensors():
    """One tensor per thing that can differ: type, strides, offset, sharing, rank."""
    torch.manual_seed(0)
    base = torch.randn(4, 6)
    tied = torch.randn(3)
    return OrderedDict([
        ("float32", torch.randn(2, 3)),
        ("float16", torch.randn(5).half()),
        ("bfloat16", torch.randn(5).bfloat16()),
        ("float64", torch.randn(3, 1, dtype=torch.float64)),
        ("int64", torch.tensor([-1, 2, 3_000_000_000])),
        ("int32", torch.tensor([[7, -8]], dtype=torch.int32)),
        ("int16", torch.tensor([-300, 300], dtype=torch.int16)),
        ("int8", torch.tensor([-128, 127], dtype=torch.int8)),
        ("uint8", torch.tensor([0, 255], dtype=torch.uint8)),
        ("bool", torch.tensor([True, False, True])),
        ("transposed", base.t()),
        ("sliced", base[1:3, 2:5]),
        ("strided", base[:, ::2]),
        ("permuted", torch.randn(2, 3, 2).permute(2, 0, 1)),
        ("channels_last", torch.randn(1, 2, 2, 3).to(memory_format=torch.channels_last)),
        ("broadcast", torch.randn(1, 3).expand(2, 3)),
        ("tied.a", tied),
        ("tied.b", tied),
        ("parameter", torch.nn.Parameter(torch.randn(2, 2))),
        ("empty", torch.zeros(0, 3)),
        ("scalar", torch.tensor(1.5)),
    ])


class Small(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(1, 2, 3, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(2)
        self.fc = torch.nn.Linear(2, 2)


def nested():
    """A training script's checkpoint of a model in DataParallel, with everything that usually lies beside it."""
    torch.manual_seed(1)
    model = torch.nn.DataParallel(Small())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    return {
        "epoch": 90,
        "arch": "resnet",
        "best_acc1": torch.tensor(76.5),
        "best_acc5": numpy.float64(93.25),
        "steps": 2 ** 70,
        "classes": {1, 2},
        "size": torch.Size([2, 3]),
        "device": torch.device("cpu"),
        "state_dict": model.state_dict(),
        "optimizer": optimizer.state_dict(),
    }


def save(name, value, **options):
    torch.save(value, os.path.join(CHECKPOINTS, name), **options)


def expect(group, state):
    folder = os.path.join(EXPECTED, group)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "order.txt"), "w", encoding="ascii", newline="\n") as order:
        for name, tensor in state.items():
            order.write(name + "\n")
            # torch converts to float32; ascontiguousarray would make a scalar one-dimensional
            numpy.save(os.path.join(folder, name + ".npy"), tensor.detach().float().contiguous().numpy())


def write_safetensors(path, state):
    """A second writer of the format, from its description, so that reader and writer are not tested against each other alone."""
    types = {
        torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.float64: "F64", torch.int64: "I64",
        torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL",
    }
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, tensor in state.items():
        flat = tensor.detach().contiguous()
        if tensor.dtype == torch.bfloat16:
            content = (flat.float().numpy().view(numpy.uint32) >> 16).astype(numpy.uint16).tobytes()
        else:
            content = flat.numpy().tobytes()
        header[name] = {"dtype": types[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(encoded)) + encoded + data)


def write_arrays():
    values = numpy.arange(24).reshape(2, 3, 4)
    floats = (values - 7.25).astype("<f4")
    samples = {
        "f4": floats, "f4_big": floats.astype(">f4"), "f8": floats.astype("<f8"), "f8_big": floats.astype(">f8"),
        "i8": values.astype("<i8") - 5, "i8_big": values.astype(">i8") - 5, "u1": values.astype("u1"),
        "f4_fortran": numpy.asfortranarray(floats), "f8_fortran": numpy.asfortranarray(floats.astype("<f8")),
        "vector": floats.ravel()[:5], "scalar": numpy.float32(2.5), "empty": numpy.zeros((0, 3), "<f4"),
    }
    for name, array in samples.items():
        numpy.save(os.path.join(ARRAYS, name + ".npy"), array)
    for version in (2, 3):
        with open(os.path.join(ARRAYS, f"version{version}.npy"), "wb") as file:
            numpy.lib.format.write_array(file, floats, version=(version, 0))
    numpy.save(os.path.join(ARRAYS, "refused_i4.npy"), values.astype("<i4"))
    numpy.save(os.path.join(ARRAYS, "refused_struct.npy"), numpy.zeros(2, dtype=[("a", "<f4"), ("b", "<i8")]))
    numpy.save(os.path.join(ARRAYS, "refused_object.npy"), numpy.array([{}, None], dtype=object), allow_pickle=True)


def main():
    for folder in (CHECKPOINTS, EXPECTED, ARRAYS):
        os.makedirs(folder, exist_ok=True)
    state = tensors()
    expect("all", state)
    save("all.zip.pth", state)
    save("all.legacy.pth", state, _use_new_zipfile_serialization=False)
    save("all.protocol4.pth", state, pickle_protocol=4)
    save("all.protocol4.legacy.pth", state, pickle_protocol=4, _use_new_zipfile_serialization=False)
    write_safetensors(os.path.join(CHECKPOINTS, "all.safetensors"), state)

    training = nested()
    expect("nested", OrderedDict((name.replace("module.", ""), tensor) for name, tensor in training["state_dict"].items()))
    save("nested.zip.pth", training)
    save("nested.legacy.pth", training, _use_new_zipfile_serialization=False)

    small = OrderedDict(weight=torch.tensor([[1.0, 2.0], [3.0, 4.0]]).t(), bias=torch.tensor([0.5], dtype=torch.float64))
    expect("small", small)
    save("small.zip.pth", small)
    save("small.legacy.pth", small, _use_new_zipfile_serialization=False)
    write_safetensors(os.path.join(CHECKPOINTS, "small.safetensors"), small)

    save("refused_module.pth", Small())
    write_arrays()


if __name__ == "__main__":
    main()
