"""The networks whose outputs make_goldens.py records: the textbook ResNet, CIFAR's ResNet, and torchvision's.

The textbook network follows a published reproduction of ResNet; its quirks are kept, because its parameter counts and prints show them:
a ResidualUnit owns a projection even where it does not use one, and without stride it takes as many channels as it gives.
"""
import torch
import torchvision.models as tv
from torch import nn
from torch.nn import functional as F


# The textbook family

def conv_bn(kernel_size, in_, out_, stride=1, initialzero=False):
    bn = nn.BatchNorm2d(out_)
    if initialzero:
        nn.init.zeros_(bn.weight)
    conv = nn.Conv2d(in_, out_, kernel_size, stride=stride, padding=kernel_size // 2, bias=False)
    return nn.Sequential(conv, bn)


def conv3x3(in_, out_, stride=1, initialzero=False):
    return conv_bn(3, in_, out_, stride, initialzero)


def conv1x1(in_, out_, stride=1, initialzero=False):
    return conv_bn(1, in_, out_, stride, initialzero)


class ResidualUnit(nn.Module):
    branch_end = "fit_.2.1"  # the batch norm that ends the branch which is added to the shortcut

    def __init__(self, out_, stride1=1, in_=None):
        super().__init__()
        in_ = out_ if stride1 == 1 else out_ // 2  # whatever in_ was given
        self.stride1 = stride1
        self.fit_ = nn.Sequential(conv3x3(in_, out_, stride1), nn.ReLU(inplace=True), conv3x3(out_, out_, initialzero=True))
        self.skipconv = conv1x1(in_, out_, stride1)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        fx = self.fit_(x)
        return self.relu(fx + (self.skipconv(x) if self.stride1 == 2 else x))


class Bottleneck(nn.Module):
    branch_end = "fit_.4.1"

    def __init__(self, middle_out, stride1=1, in_=None):
        super().__init__()
        out_ = 4 * middle_out
        if in_ is None:
            in_ = out_ if stride1 == 1 else 2 * middle_out
        self.fit_ = nn.Sequential(
            conv1x1(in_, middle_out, stride1), nn.ReLU(inplace=True),
            conv3x3(middle_out, middle_out), nn.ReLU(inplace=True),
            conv1x1(middle_out, out_, initialzero=True))
        self.skipconv = conv1x1(in_, out_, stride1)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        fx = self.fit_(x)
        return self.relu(fx + self.skipconv(x))


def make_layers(block, middle_out, num_blocks, afterconv1=False):
    first = block(middle_out, in_=64) if afterconv1 else block(middle_out, stride1=2)
    return nn.Sequential(first, *(block(middle_out) for _ in range(num_blocks - 1)))


class ResNet(nn.Module):
    def __init__(self, block, layers, num_classes):
        super().__init__()
        self.branch_end = block.branch_end
        self.layer1 = nn.Sequential(
            nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2, ceil_mode=True))
        self.layer2_x = make_layers(block, 64, layers[0], afterconv1=True)
        self.layer3_x = make_layers(block, 128, layers[1])
        self.layer4_x = make_layers(block, 256, layers[2])
        self.layer5_x = make_layers(block, 512, layers[3])
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(512 if block is ResidualUnit else 2048, num_classes)

    def forward(self, x):
        x = self.layer5_x(self.layer4_x(self.layer3_x(self.layer2_x(self.layer1(x)))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


# CIFAR's family: He et al. 2015, section 4.2, shortcut option A

class CifarBlock(nn.Module):
    def __init__(self, in_planes, planes, stride):
        super().__init__()
        self.stride, self.pad = stride, (planes - in_planes) // 2
        self.conv1 = nn.Conv2d(in_planes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)

    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        shortcut = F.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, self.pad, self.pad))
        return F.relu(out + shortcut)


class CifarResNet(nn.Module):
    branch_end = "bn2"

    def __init__(self, depth, num_classes, width=16):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        blocks = (depth - 2) // 6
        self.layer1 = self._stage(width, width, blocks, 1)
        self.layer2 = self._stage(width, 2 * width, blocks, 2)
        self.layer3 = self._stage(2 * width, 4 * width, blocks, 2)
        self.linear = nn.Linear(4 * width, num_classes)
        for module in self.modules():  # as torchvision's ResNet
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    @staticmethod
    def _stage(in_planes, planes, blocks, stride):
        return nn.Sequential(CifarBlock(in_planes, planes, stride), *(CifarBlock(planes, planes, 1) for _ in range(blocks - 1)))

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean(dim=(2, 3)))


# Every variant by name

def torchvision_resnet(block, layers, **config):
    def construct(num_classes):
        model = tv.ResNet(block, layers, num_classes=num_classes, **config)
        model.branch_end = "bn2" if block is Basic else "bn3"
        return model
    return construct


DEPTHS = {18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3], 101: [3, 4, 23, 3], 152: [3, 8, 36, 3]}
Basic, TvBottleneck = tv.resnet.BasicBlock, tv.resnet.Bottleneck

VARIANTS = {
    **{f"textbook_resnet{d}": lambda n, d=d: ResNet(ResidualUnit if d < 50 else Bottleneck, DEPTHS[d], n) for d in DEPTHS},
    **{f"resnet{d}": torchvision_resnet(Basic if d < 50 else TvBottleneck, DEPTHS[d]) for d in DEPTHS},
    "resnext50_32x4d": torchvision_resnet(TvBottleneck, DEPTHS[50], groups=32, width_per_group=4),
    "resnext101_32x8d": torchvision_resnet(TvBottleneck, DEPTHS[101], groups=32, width_per_group=8),
    "resnext101_64x4d": torchvision_resnet(TvBottleneck, DEPTHS[101], groups=64, width_per_group=4),
    "wide_resnet50_2": torchvision_resnet(TvBottleneck, DEPTHS[50], width_per_group=128),
    "wide_resnet101_2": torchvision_resnet(TvBottleneck, DEPTHS[101], width_per_group=128),
    **{f"cifar_resnet{d}": lambda n, d=d: CifarResNet(d, n) for d in (20, 32, 44, 56, 110)},
    "cifar_wide_resnet20_2": lambda n: CifarResNet(20, n, width=32),
}
