"""Writes the pickles of NumPy arrays and of Python's objects that the serialization tests read: checkpoints/*.pkl, *.arrays.pth, beside.pth and expected/.

Made with Debian's python3-torch 1.13 and python3-numpy 1.24:  /usr/bin/python3 make_pickles.py
"""
import enum
import pathlib
import pickle
import struct

import numpy
import torch
import torch.nn.functional as F

FOLDER = pathlib.Path(__file__).parent / "checkpoints"
EXPECTED = FOLDER / "expected"
WIDTHS = [8, 8, 16, 16]
STEM = 8
CLASSES = 5
EXPANSION = 4


class Mode(enum.Enum):
    """A member is written as an attribute of its class since Python 3.11."""

    FAST = "fast"


class Parts(enum.Flag):
    """Combined members are written as their bits, joined by operator.or_."""

    HEAD = 1
    BODY = 2


class Outer:
    """Protocol 2 writes a nested class as an attribute of the outer one."""

    class Kind(enum.IntEnum):
        ONE = 1


def beside():
    """What a training script may store beside its weights."""
    return {
        "model": {"fc.weight": torch.arange(4.0).reshape(2, 2)},
        "mode": Mode.FAST,
        "parts": Parts.HEAD | Parts.BODY,
        "kind": Outer.Kind.ONE,
        "dots": [Ellipsis, NotImplemented, type(None)],
        "reduction": max,
        "end": ValueError("loss is NaN"),
    }


class Python2Pickler(pickle._Pickler):
    """Writes text and bytes as Python 2 does: as byte strings."""

    dispatch = dict(pickle._Pickler.dispatch)

    def save_bytes(self, value):
        short = len(value) < 256
        self.write((pickle.SHORT_BINSTRING + bytes([len(value)]) if short else pickle.BINSTRING + struct.pack("<i", len(value))) + value)
        self.memoize(value)

    def save_text(self, value):
        self.save_bytes(value.encode("latin1"))

    dispatch[bytes] = save_bytes
    dispatch[str] = save_text


def arrays():
    """One array per thing that can differ: type, order, length, rank."""
    random = numpy.random.RandomState(0)
    return {
        "float32": random.randn(2, 3).astype("<f4"),
        "float64": random.randn(3),
        "float16": random.randn(5).astype("<f2"),
        "int64": numpy.array([-1, 2, 3000000]),
        "uint8": numpy.array([[0], [255]], dtype="u1"),
        "bool": numpy.array([True, False]),
        "fortran": numpy.asfortranarray(random.randn(3, 4, 2).astype("<f4")),
        "long": random.randn(80, 7).astype("<f4"),
        "scalar": numpy.array(1.5, dtype="<f4"),
        "empty": numpy.zeros((0, 3), dtype="<f4"),
    }


def network():
    """Caffe2's names of a small network of bottlenecks; scales and shifts instead of batch norms' statistics."""
    random = numpy.random.RandomState(1)
    blobs = {}

    def conv(name, outputs, inputs, kernel, norm):
        blobs[name + "_w"] = (random.randn(outputs, inputs, kernel, kernel) * (2 / (inputs * kernel * kernel)) ** 0.5).astype("<f4")
        blobs[norm + "_s"] = random.uniform(0.5, 1.5, outputs).astype("<f4")
        blobs[norm + "_b"] = random.uniform(-0.2, 0.2, outputs).astype("<f4")

    conv("conv1", STEM, 3, 7, "res_conv1_bn")
    inputs = STEM
    for stage, width in enumerate(WIDTHS, start=2):
        block = f"res{stage}_0_branch"
        for part, outputs, before, kernel in (("2a", width, inputs, 1), ("2b", width, width, 3), ("2c", EXPANSION * width, width, 1), ("1", EXPANSION * width, inputs, 1)):
            conv(block + part, outputs, before, kernel, block + part + "_bn")
        inputs = EXPANSION * width
    blobs["pred_w"] = random.randn(CLASSES, inputs).astype("<f4")
    blobs["pred_b"] = random.randn(CLASSES).astype("<f4")
    return blobs


def logits(blobs, image):
    """What Caffe2 computes of an image whose channels are red, green and blue."""
    tensors = {name: torch.from_numpy(value).double() for name, value in blobs.items()}

    def conv(x, name, norm, stride=1, padding=0):
        x = F.conv2d(x, tensors[name + "_w"], stride=stride, padding=padding)
        return x * tensors[norm + "_s"][:, None, None] + tensors[norm + "_b"][:, None, None]

    x = F.relu(conv(image.double()[:, [2, 1, 0]], "conv1", "res_conv1_bn", 2, 3))
    x = F.max_pool2d(x, 3, 2, 1)
    for stage in range(2, 6):
        block, stride = f"res{stage}_0_branch", 1 if stage == 2 else 2
        y = F.relu(conv(x, block + "2a", block + "2a_bn", stride))
        y = F.relu(conv(y, block + "2b", block + "2b_bn", padding=1))
        x = F.relu(conv(y, block + "2c", block + "2c_bn") + conv(x, block + "1", block + "1_bn", stride))
    return F.linear(x.mean((2, 3)), tensors["pred_w"], tensors["pred_b"]).float()


def main():
    samples = arrays()
    folder = EXPECTED / "arrays"
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in samples.items():
        value = array.astype("<f4")
        numpy.save(folder / (name + ".npy"), value if array.ndim == 0 else numpy.ascontiguousarray(value))
    (folder / "order.txt").write_text("".join(name + "\n" for name in samples), encoding="ascii")
    for protocol in range(2, 6):
        with open(FOLDER / f"arrays.protocol{protocol}.pkl", "wb") as file:
            pickle.dump({"model": samples, "__author__": "none"}, file, protocol=protocol)

    torch.save(samples, FOLDER / "zip.arrays.pth")
    torch.save({"state_dict": samples}, FOLDER / "legacy.arrays.pth", _use_new_zipfile_serialization=False)
    torch.save(beside(), FOLDER / "beside.pth")

    blobs = network()
    with open(FOLDER / "caffe2.python2.pkl", "wb") as file:
        Python2Pickler(file, protocol=2).dump({"blobs": blobs, "cfg": "MODEL:\n  TYPE: none\n"})
    image = 2 * torch.rand([2, 3, 64, 64], generator=torch.Generator().manual_seed(0)) - 1
    numpy.save(EXPECTED / "caffe2.logits.npy", logits(blobs, image).numpy())
    with open(FOLDER / "refused_objects.pkl", "wb") as file:
        pickle.dump({"model": {"weight": numpy.array([{}, None], dtype=object)}}, file, protocol=2)


if __name__ == "__main__":
    main()
