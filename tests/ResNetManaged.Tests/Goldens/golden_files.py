"""Writes recorded tensors as .safetensors, and draws the inputs that need no recording."""
import json
import struct

import torch

MAX_BYTES = 300_000


def write(path, tensors, **metadata):
    """One file of float32 tensors; metadata values that are no strings become compact JSON."""
    compact = {k: v if isinstance(v, str) else json.dumps(v, separators=(",", ":")) for k, v in metadata.items()}
    header, offset = {"__metadata__": compact}, 0
    for name, tensor in tensors.items():
        assert tensor.dtype == torch.float32, name
        size = 4 * tensor.numel()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(tensor.detach().contiguous().numpy().astype("<f4").tobytes())
    size = path.stat().st_size
    assert size <= MAX_BYTES, f"{path.name}: {size} bytes"
    print(f"{path.name}: {size} bytes, {len(tensors)} tensors")


def uniform(shape, low, high):
    """Low + (high - low) * torch.rand(shape), rounded once, as Tensor.uniform_ does it: the next draws of the global generator."""
    return torch.empty(shape).uniform_(low, high)


def difference(single, double):
    """How far PyTorch's own float32 result is from the same computation in float64: the scale for a comparison's tolerance."""
    return float(f"{(single.double() - double).abs().max().item() if single.numel() else 0.0:.3g}")
