#!/usr/bin/env python3
"""Records PyTorch's Grad-CAM on every stage of a few small networks; README.md beside this script describes the file.

Run: python3 make_gradcam.py   (made with torch 1.13, torchvision 0.14.1; one thread; some seconds)
"""
import copy
import pathlib
import sys

import torch
from torch.nn import functional as F

sys.dont_write_bytecode = True  # everything in this folder that is no .py or .md is copied to the tests' output

import golden_files
import golden_models
from golden_files import uniform
from golden_networks import batch_norms

HERE = pathlib.Path(__file__).parent
NETWORKS = ["cifar_resnet20", "resnet18", "resnet50", "textbook_resnet18"]
CLASSES = 10
NORMS = {"weight": [0.5, 1.0], "branch_end_weight": [0.1, 0.4], "bias": [-0.5, 0.5], "running_mean": [-0.3, 0.3], "running_var": [0.5, 2.0]}


def stages(model):
    """By their names: layer1 to layer4; of the textbook network layer2_x to layer5_x, for its layer1 is the stem."""
    textbook = hasattr(model, "layer2_x")
    return [child for name, child in model.named_children() if name.startswith("layer") and not (textbook and name == "layer1")]


def grad_cam(model, x, class_index):
    """Selvaraju et al. 2017, arXiv:1610.02391, equations 1 and 2, for each stage: the logits, and the maps [h, w]."""
    features = []
    hooks = [stage.register_forward_hook(lambda module, inputs, output: features.append(output)) for stage in stages(model)]
    logits = model(x)
    for hook in hooks:
        hook.remove()
    gradients = torch.autograd.grad(logits[0, class_index], features)
    return logits, [F.relu((g.mean((2, 3), keepdim=True) * a).sum(1))[0] for a, g in zip(features, gradients)]


def resized(cam, side):
    """From 0 to 1, at the size of the input."""
    return F.interpolate((cam / cam.max())[None, None], (side, side), mode="bilinear", align_corners=False)[0, 0]


@torch.no_grad()
def prepare(name, seed):
    torch.manual_seed(seed)
    model = golden_models.VARIANTS[name](CLASSES)
    for path, norm in batch_norms(model):
        branch_end = path.endswith("." + model.branch_end)
        norm.weight.copy_(uniform(norm.num_features, *NORMS["branch_end_weight" if branch_end else "weight"]))
        for tensor in ("bias", "running_mean", "running_var"):
            getattr(norm, tensor).copy_(uniform(norm.num_features, *NORMS[tensor]))
    return model.eval()


def main():
    torch.set_num_threads(1)
    tensors, cases = {}, []
    for seed, name in enumerate(NETWORKS, start=4000):
        model = prepare(name, seed)
        side = 32 if name.startswith("cifar") else 64
        x = uniform([1, 3, side, side], -1.0, 1.0)
        double = copy.deepcopy(model).double()
        best = int(model(x).argmax())
        # Of the other classes the one whose map of the last stage is largest: many are 0, for nothing speaks for the class.
        other = max((c for c in range(CLASSES) if c != best), key=lambda c: grad_cam(model, x, c)[1][-1].max().item())
        for class_index in (best, other):
            logits, cams = grad_cam(model, x, class_index)
            _, exact = grad_cam(double, x.double(), class_index)
            case = {"name": f"{name} {class_index}", "network": name, "branch_end": model.branch_end, "seed": seed, "input": list(x.shape),
                    "class": class_index, "best": class_index == best, "logit": logits[0, class_index].item(),
                    "differences": [golden_files.difference(c, e) for c, e in zip(cams, exact)]}
            cases.append(case)
            tensors |= {f"{case['name']}/{i}": cam for i, cam in enumerate(cams)}
            if class_index == best and name == "cifar_resnet20":
                tensors |= {f"{case['name']}/resized {i}": resized(cam, side) for i, cam in enumerate(cams)}
            print(f"  {case['name']}: largest {[f'{c.max():.2g}' for c in cams]}, from float64 {case['differences']}")
    golden_files.write(HERE / "gradcam.safetensors", tensors, torch=torch.__version__, norms=NORMS, cases=cases)


if __name__ == "__main__":
    main()
