"""Exports torchvision's networks with seeded weights, for ExportedNetworkTests.

usage: export_torchvision.py FOLDER [NETWORK ...]

Needs torch and torchvision: apt-get install python3-torch python3-torchvision python3-onnx, then /usr/bin/python3.
"""
import os
import sys
import warnings

import torch
import torchvision

NETWORKS = [
    "resnet18", "resnet50", "resnext50_32x4d", "wide_resnet50_2", "mobilenet_v2", "mobilenet_v3_large", "efficientnet_b0", "regnet_y_400mf", "densenet121",
    "vgg11_bn", "squeezenet1_1", "convnext_tiny", "shufflenet_v2_x1_0", "mnasnet1_0",
]
FORMS = [(9, True, False), (11, False, True), (13, True, True), (16, False, False)]  # opset, batch norms folded, any number of images


def create(name, seed):
    torch.manual_seed(seed)
    network = getattr(torchvision.models, name)(weights=None).eval()
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1, generator=generator)
            module.running_var.uniform_(0.5, 1.5, generator=generator)
            module.weight.data.uniform_(0.5, 1.5, generator=generator)
            module.bias.data.normal_(0, 0.1, generator=generator)
    return network


def main():
    warnings.filterwarnings("ignore")
    folder, names = sys.argv[1], sys.argv[2:] or NETWORKS
    os.makedirs(folder, exist_ok=True)
    for name in names:
        network = create(name, NETWORKS.index(name))
        for opset, folded, dynamic in FORMS:
            file = f"{name}-{opset}-{'folded' if folded else 'plain'}-{'dynamic' if dynamic else 'fixed'}.onnx"
            torch.onnx.export(
                network, torch.randn(1, 3, 224, 224), os.path.join(folder, file), opset_version=opset, do_constant_folding=folded,
                training=torch.onnx.TrainingMode.EVAL if folded else torch.onnx.TrainingMode.PRESERVE, input_names=["input"], output_names=["output"],
                dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}} if dynamic else None)
            print(file, flush=True)


main()
