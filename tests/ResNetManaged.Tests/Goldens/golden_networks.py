"""The cases of blocks.safetensors, variants.safetensors and variants.json."""
import copy
import hashlib

import torch
from torch import nn
from torchvision.models.resnet import BasicBlock
from torchvision.models.resnet import Bottleneck as TvBottleneck

import golden_models as models
from golden_files import difference, uniform


def batch_norms(module):
    return [(name, m) for name, m in module.named_modules() if isinstance(m, nn.BatchNorm2d)]


# Blocks

BLOCK_NORMS = {"weight": [0.5, 1.5], "bias": [-0.5, 0.5], "running_mean": [-0.5, 0.5], "running_var": [0.5, 1.5]}


def torchvision_block(block, inplanes, planes, stride=1, downsample=False, groups=1, base_width=64):
    """As torchvision's _make_layer makes the first block of a stage: the projection is constructed before the block."""
    projection = None
    if downsample:
        projection = nn.Sequential(
            nn.Conv2d(inplanes, planes * block.expansion, 1, stride=stride, bias=False), nn.BatchNorm2d(planes * block.expansion))
    return block(inplanes, planes, stride, projection, groups, base_width)


def block_cases():
    """Yields (name, kind, args, input shape); args are those of the constructor, named as there."""
    yield "conv3x3", "conv3x3", {"in_": 3, "out_": 10, "stride": 1, "initialzero": False}, [2, 3, 7, 5]
    yield "conv3x3 stride 2", "conv3x3", {"in_": 6, "out_": 5, "stride": 2, "initialzero": True}, [2, 6, 9, 8]
    yield "conv1x1", "conv1x1", {"in_": 5, "out_": 17, "stride": 1, "initialzero": False}, [2, 5, 6, 4]
    yield "conv1x1 stride 2", "conv1x1", {"in_": 18, "out_": 9, "stride": 2, "initialzero": True}, [2, 18, 7, 6]
    yield "ResidualUnit", "ResidualUnit", {"out_": 12, "stride1": 1, "in_": None}, [2, 12, 7, 6]
    yield "ResidualUnit stride 2", "ResidualUnit", {"out_": 18, "stride1": 2, "in_": None}, [2, 9, 9, 8]
    yield "ResidualUnit ignores in_", "ResidualUnit", {"out_": 8, "stride1": 1, "in_": 64}, [3, 8, 5, 5]
    yield "Bottleneck after conv1", "Bottleneck", {"middle_out": 8, "stride1": 1, "in_": 64}, [2, 64, 6, 5]
    yield "Bottleneck stride 2", "Bottleneck", {"middle_out": 10, "stride1": 2, "in_": None}, [2, 20, 9, 7]
    yield "Bottleneck", "Bottleneck", {"middle_out": 5, "stride1": 1, "in_": None}, [2, 20, 6, 6]

    def stage(block, middle_out, num_blocks, afterconv1):
        return "make_layers", {"block": block, "middle_out": middle_out, "num_blocks": num_blocks, "afterconv1": afterconv1}

    yield "make_layers ResidualUnit", *stage("ResidualUnit", 16, 3, False), [2, 8, 9, 9]
    yield "make_layers ResidualUnit after conv1", *stage("ResidualUnit", 64, 2, True), [2, 64, 5, 4]
    yield "make_layers Bottleneck", *stage("Bottleneck", 8, 3, False), [2, 16, 9, 7]
    yield "make_layers Bottleneck after conv1", *stage("Bottleneck", 16, 2, True), [2, 64, 5, 4]

    def tv(block, inplanes, planes, stride=1, downsample=False, groups=1, base_width=64):
        return f"torchvision.{block}", {"inplanes": inplanes, "planes": planes, "stride": stride, "downsample": downsample,
                                        "groups": groups, "base_width": base_width}

    yield "BasicBlock", *tv("BasicBlock", 11, 11), [2, 11, 7, 6]
    yield "BasicBlock downsample", *tv("BasicBlock", 8, 16, 2, True), [2, 8, 9, 8]
    yield "torchvision Bottleneck", *tv("Bottleneck", 24, 6), [2, 24, 6, 7]
    yield "torchvision Bottleneck downsample", *tv("Bottleneck", 16, 8, 2, True), [2, 16, 9, 9]
    yield "torchvision Bottleneck widened by projection", *tv("Bottleneck", 10, 4, 1, True), [2, 10, 5, 5]
    yield "ResNeXt Bottleneck", *tv("Bottleneck", 32, 8, 1, False, 4, 64), [2, 32, 6, 6]
    yield "ResNeXt Bottleneck downsample", *tv("Bottleneck", 16, 16, 2, True, 8, 16), [2, 16, 8, 7]
    yield "wide Bottleneck", *tv("Bottleneck", 24, 6, 1, False, 1, 128), [2, 24, 5, 6]


def construct_block(kind, args):
    if kind == "make_layers":
        return models.make_layers(**{**args, "block": getattr(models, args["block"])})
    if kind.startswith("torchvision."):
        return torchvision_block({"BasicBlock": BasicBlock, "Bottleneck": TvBottleneck}[kind.split(".")[1]], **args)
    return getattr(models, kind)(**args)


def run_block(block, x):
    """Evaluation first, for it changes nothing; then training, which updates the running statistics."""
    first, last = batch_norms(block)[0][1], batch_norms(block)[-1][1]
    outputs = {"eval": block.eval()(x.clone()), "train": block.train()(x.clone())}
    for place, norm in (("first", first), ("last", last)):
        outputs[f"train.{place}.running_mean"], outputs[f"train.{place}.running_var"] = norm.running_mean, norm.running_var
    return outputs


@torch.no_grad()
def record_blocks():
    tensors, described = {}, []
    for seed, (name, kind, args, shape) in enumerate(block_cases(), start=2000):
        torch.manual_seed(seed)
        block = construct_block(kind, args)
        for _, norm in batch_norms(block):
            for tensor, bounds in BLOCK_NORMS.items():
                getattr(norm, tensor).copy_(uniform(norm.num_features, *bounds))
        x = uniform(shape, 0.0, 1.0)
        double = copy.deepcopy(block).double()
        outputs, doubles = run_block(block, x), run_block(double, x.double())
        described.append({"name": name, "kind": kind, "args": args, "seed": seed, "input": shape, "outputs": list(outputs),
                          "differences": [difference(outputs[k], doubles[k]) for k in outputs]})
        tensors |= {f"{name}/{k}": v for k, v in outputs.items()}
    return tensors, described


# Whole networks

VARIANT_NORMS = {"weight": [0.5, 1.0], "bias": [0.0, 1.0]}
BRANCH_END_WEIGHT = [0.0, 0.2]
CALIBRATION = 10  # 1 / momentum


def run_variant(model, x, fresh):
    """Training, then evaluation with the statistics of that batch, on other images.

    With running statistics at random a deep network hardly sees its input: constant offsets grow over the signal layer by layer (to
    1e-16 of the logits in textbook_resnet152). So they start at 0, take a tenth of the batch's, and are multiplied by ten.
    """
    outputs = {"train": model.train()(x.clone())}
    for _, norm in batch_norms(model):
        norm.running_mean *= CALIBRATION
        norm.running_var *= CALIBRATION
    return outputs | {"eval": model.eval()(fresh.clone())}


@torch.no_grad()
def record_variants():
    tensors, described, table = {}, [], {}
    for name, construct in models.VARIANTS.items():
        cifar = name.startswith("cifar")
        torch.manual_seed(0)
        model = construct(10)
        for path, norm in batch_norms(model):
            branch_end = path.endswith("." + model.branch_end)
            norm.weight.copy_(uniform(norm.num_features, *(BRANCH_END_WEIGHT if branch_end else VARIANT_NORMS["weight"])))
            norm.bias.copy_(uniform(norm.num_features, *VARIANT_NORMS["bias"]))
            norm.running_mean.zero_()
            norm.running_var.zero_()
        shape = [2, 3, 32, 32] if cifar else [2, 3, 64, 64]
        x, fresh = uniform(shape, 0.0, 1.0), uniform(shape, 0.0, 1.0)
        double = copy.deepcopy(model).double()
        outputs, doubles = run_variant(model, x, fresh), run_variant(double, x.double(), fresh.double())
        del double
        case = {"name": name, "seed": 0, "num_classes": 10, "input": shape, "branch_end": model.branch_end,
                "differences": [difference(outputs[k], doubles[k]) for k in ("train", "eval")]}
        described.append(case)
        tensors |= {f"{name}/{k}": v for k, v in outputs.items()}
        table[name] = describe(model, 10 if cifar else 1000)
        spread = [f"{(v[0] - v[1]).abs().max():.2g}" for v in outputs.values()]
        largest = [f"{v.abs().max():.2g}" for v in outputs.values()]
        print(f"  {name}: largest logits {largest}, between the two images {spread}, from float64 {case['differences']}", flush=True)
    return tensors, described, table


def describe(model, num_classes):
    if num_classes != 10:
        model.fc = nn.Linear(model.fc.in_features, num_classes)
    keys = [f"{key} {list(value.shape)}" for key, value in model.state_dict().items()]
    return {"num_classes": num_classes, "parameters": sum(p.numel() for p in model.parameters()), "keys": len(keys),
            "sha256": hashlib.sha256("\n".join(keys).encode()).hexdigest()}
