"""Writes transformers.tsv: names and shapes of the tensors of transformers' ResNetForImageClassification, in order, for small networks.

    /usr/bin/python3 make_transformers.py

The modules below are registered as modeling_resnet.py registers them (transformers 4.27 and later); they have no forward pass. Needs torch.
"""
import pathlib

from torch import nn

PATH = pathlib.Path(__file__).parent / "transformers.tsv"
CASES = {
    "resnet18": ("basic", [1, 2, 1, 1], [8, 16, 24, 32], 64, 5),
    "resnet50": ("bottleneck", [1, 2, 1, 1], [32, 64, 96, 128], 64, 5),
}


class ConvLayer(nn.Module):
    def __init__(self, inputs, outputs, kernel):
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, kernel, bias=False)
        self.normalization = nn.BatchNorm2d(outputs)


class Block(nn.Module):
    def __init__(self, kind, inputs, outputs, stride):
        super().__init__()
        self.shortcut = ConvLayer(inputs, outputs, 1) if inputs != outputs or stride != 1 else nn.Identity()
        inner = outputs // 4
        self.layer = nn.Sequential(
            *([ConvLayer(inputs, outputs, 3), ConvLayer(outputs, outputs, 3)] if kind == "basic"
              else [ConvLayer(inputs, inner, 1), ConvLayer(inner, inner, 3), ConvLayer(inner, outputs, 1)]))


class Stage(nn.Module):
    def __init__(self, kind, inputs, outputs, stride, depth):
        super().__init__()
        self.layers = nn.Sequential(Block(kind, inputs, outputs, stride), *[Block(kind, outputs, outputs, 1) for _ in range(depth - 1)])


class Embedder(nn.Module):
    def __init__(self, outputs):
        super().__init__()
        self.embedder = ConvLayer(3, outputs, 7)


class Encoder(nn.Module):
    def __init__(self, kind, depths, sizes, stem):
        super().__init__()
        before = [stem, *sizes]
        self.stages = nn.ModuleList([Stage(kind, before[i], sizes[i], 1 if i == 0 else 2, depths[i]) for i in range(len(sizes))])


class Body(nn.Module):
    def __init__(self, kind, depths, sizes, stem):
        super().__init__()
        self.embedder = Embedder(stem)
        self.encoder = Encoder(kind, depths, sizes, stem)


class ResNetForImageClassification(nn.Module):
    def __init__(self, kind, depths, sizes, stem, classes):
        super().__init__()
        self.resnet = Body(kind, depths, sizes, stem)
        self.classifier = nn.Sequential(nn.Flatten(), nn.Linear(sizes[-1], classes))


def main():
    lines = ["case\tname\tshape\n"]
    for case, arguments in CASES.items():
        for name, tensor in ResNetForImageClassification(*arguments).state_dict().items():
            lines.append(f"{case}\t{name}\t{','.join(map(str, tensor.shape))}\n")
    PATH.write_text("".join(lines), encoding="ascii")


if __name__ == "__main__":
    main()
