"""Writes timm.tsv: names, shapes and outputs of timm's ResNets and of insightface's, with weights that a formula gives (README.md).

    PYTHONPATH=/path/to/pytorch-image-models python3 make_timm.py [NAME ...]

With names, only those rows are made again. Needs torch, torchvision and a clone of github.com/huggingface/pytorch-image-models.
"""
import hashlib
import pathlib
import sys
import zlib

import torch
from timm.models import list_models, resnet, resnetv2

import golden_faces

PATH = pathlib.Path(__file__).parent / "timm.tsv"
HEADER = "name\tparameters\tstate_dict_entries\tsha256_16\tinput\toutputs\tlargest_abs\tlogits_0_to_5_of_image_0_then_of_image_1\toptions"
SIDE = 64
RECORDED = 6
MOST_PARAMETERS = 200e6  # larger networks have names and shapes only
UNSUPPORTED = ("_evos", "_frn")
OPTIONS = [
    ("resnet18", {"num_classes": 0}),
    ("resnet50", {"num_classes": 0}),
    ("resnet50d", {"in_chans": 4, "num_classes": 7}),
    ("resnet18", {"in_chans": 1}),
    ("resnet50", {"output_stride": 16}),
    ("resnet50", {"output_stride": 8}),
    ("resnet50d", {"output_stride": 16}),
    ("resnetaa50d", {"output_stride": 8}),
    ("resnetblur18", {"output_stride": 16}),
    ("senet154", {"output_stride": 16}),
    ("resnetv2_50d", {"output_stride": 8}),
    ("resnetv2_34", {"output_stride": 16}),
    ("seresnet50", {"num_classes": 0}),
    ("resnetv2_18", {"num_classes": 0}),
    ("resnet34", {"global_pool": "max"}),
    ("resnet18", {"global_pool": "avgmax"}),
    ("resnet18", {"global_pool": "catavgmax"}),
    ("resnetv2_18", {"global_pool": "catavgmax"}),
]


def weights(name, shape):
    if name.endswith("num_batches_tracked"):
        return torch.zeros(shape, dtype=torch.int64)
    drawn = torch.rand(shape, generator=torch.Generator().manual_seed(zlib.crc32(name.encode())))
    if name.endswith("running_mean"):
        return 0.4 * drawn - 0.2
    if name.endswith("running_var"):
        return 0.5 + drawn
    if len(shape) == 1:
        return 0.5 + drawn if name.endswith("weight") else 0.4 * drawn - 0.2
    fan_in = 1
    for size in shape[1:]:
        fan_in *= size
    return (2 * drawn - 1) * (3 / fan_in) ** 0.5


def create(name, options):
    if name in golden_faces.DEPTHS:
        return golden_faces.FaceNetwork(name).eval()
    module = resnetv2 if name.startswith("resnetv2_") else resnet
    return getattr(module, name)(**options).eval()


def row(name, options):
    side = golden_faces.SIDE if name in golden_faces.DEPTHS else SIDE
    with torch.no_grad():
        network = create(name, options)
        state = network.state_dict()
        entries = "".join(f"{key} {list(value.shape)}\n" for key, value in state.items())
        parameters = sum(parameter.numel() for parameter in network.parameters())
        cells = [name, parameters, len(state), hashlib.sha256(entries.encode()).hexdigest()[:16], side]
        if parameters > MOST_PARAMETERS:
            cells += [options.get("num_classes", 1000), "", ""]
        else:
            for key, value in state.items():
                value.copy_(weights(key, value.shape))
            channels = options.get("in_chans", 3)
            images = torch.rand([2, channels, side, side], generator=torch.Generator().manual_seed(0)) * 2 - 1
            outputs = network(images).flatten(1)
            recorded = outputs[:, :RECORDED].flatten().tolist()
            cells += [outputs.shape[1], f"{outputs.abs().max().item():.6g}", " ".join(f"{value:.7g}" for value in recorded)]
    return "\t".join(map(str, cells + [options or ""]))


def main():
    torch.set_num_threads(1)
    current = set(list_models(module="resnet") + list_models(module="resnetv2"))  # without deprecated names
    names = [name for module in (resnet, resnetv2) for name in module.__all__ if name in current and not name.endswith(UNSUPPORTED)]
    wanted = [(name, {}) for name in [*names, *golden_faces.DEPTHS]] + OPTIONS
    if sys.argv[1:]:
        known = {(line.split("\t")[0], line.split("\t")[8]): line for line in PATH.read_text().splitlines()[1:]}
        rows = [row(*key) if key[0] in sys.argv[1:] else known[key[0], str(key[1] or "")] for key in wanted]
    else:
        rows = []
        for key in wanted:
            rows.append(row(*key))
            print(rows[-1][:80], file=sys.stderr, flush=True)
    PATH.write_text("\n".join([HEADER] + rows) + "\n")


main()
