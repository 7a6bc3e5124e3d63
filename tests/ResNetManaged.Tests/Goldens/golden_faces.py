"""insightface's iresnet in our own words, for make_timm.py: layers, their names and order (Deng et al. 2019, arXiv:1801.07698, section 3.1)."""
from torch import nn

DEPTHS = {"iresnet18": (2, 2, 2, 2), "iresnet34": (3, 4, 6, 3), "iresnet50": (3, 4, 14, 3), "iresnet100": (3, 13, 30, 3)}
SIDE = 112
FEATURES = 512


class Unit(nn.Module):
    def __init__(self, inputs, width, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.prelu = nn.PReLU(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(width)
        if stride != 1 or inputs != width:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        shortcut = self.downsample(x) if hasattr(self, "downsample") else x
        return self.bn3(self.conv2(self.prelu(self.bn2(self.conv1(self.bn1(x)))))) + shortcut


class FaceNetwork(nn.Module):
    def __init__(self, name):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.prelu = nn.PReLU(64)
        channels = 64
        for stage, depth in enumerate(DEPTHS[name]):
            width = 64 << stage
            units = [Unit(channels if block == 0 else width, width, 2 if block == 0 else 1) for block in range(depth)]
            setattr(self, f"layer{stage + 1}", nn.Sequential(*units))
            channels = width
        self.bn2 = nn.BatchNorm2d(channels)
        self.fc = nn.Linear(channels * (SIDE // 16) ** 2, FEATURES)
        self.features = nn.BatchNorm1d(FEATURES)

    def forward(self, x):
        x = self.prelu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.features(self.fc(self.bn2(x).flatten(1)))
