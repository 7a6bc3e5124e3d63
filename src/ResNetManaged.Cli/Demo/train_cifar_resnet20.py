#!/usr/bin/env python3
"""Trains cifar_resnet20.safetensors, the network that `resnet demo` runs.

ResNet-20 of He et al. 2015, arXiv:1512.03385, section 4.2 (shortcut option A), on CIFAR-10's 50,000 training images: pixels moved by up to
4 and mirrored at random, SGD with Nesterov momentum, one cycle of the learning rate (Smith and Topin 2017, arXiv:1708.07120).

Run: python3 train_cifar_resnet20.py FOLDER [EPOCHS]
FOLDER has a folder of pictures per class (10 folders, sorted by name: CIFAR-10's label order). Needs torch and Pillow; seeds are fixed.
"""
import json
import os
import struct
import sys
import time

import numpy
import torch
from PIL import Image
from torch import nn
from torch.nn import functional

BATCH, PEAK_RATE, DECAY, MARGIN = 128, 0.3, 5e-4, 4
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.stride, self.zeros = stride, (outputs - inputs) // 2

    def forward(self, x):
        y = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        if self.stride > 1:
            x = functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.zeros, self.zeros))
        return functional.relu(x + y)


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = nn.Sequential(*[Block(16, 16, 1) for _ in range(3)])
        self.layer2 = nn.Sequential(Block(16, 32, 2), Block(32, 32, 1), Block(32, 32, 1))
        self.layer3 = nn.Sequential(Block(32, 64, 2), Block(64, 64, 1), Block(64, 64, 1))
        self.linear = nn.Linear(64, 10)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x):
        x = functional.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean((2, 3)))


def load(folder):
    images, labels = [], []
    for label, name in enumerate(sorted(os.listdir(folder))):
        for file in sorted(os.listdir(os.path.join(folder, name))):
            images.append(numpy.asarray(Image.open(os.path.join(folder, name, file)).convert("RGB")))
            labels.append(label)
    return torch.from_numpy(numpy.stack(images)).permute(0, 3, 1, 2).contiguous(), torch.tensor(labels)


def augment(images):
    padded = functional.pad(images, (MARGIN,) * 4)
    shifts = torch.randint(0, 2 * MARGIN + 1, (len(images), 2))
    moved = torch.stack([p[:, t:t + 32, l:l + 32] for p, (t, l) in zip(padded, shifts.tolist())])
    mirrored = torch.rand(len(images)) < 0.5
    moved[mirrored] = moved[mirrored].flip(3)
    return normalize(moved)


def normalize(images):
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (MEAN, STD))
    return ((images.float() / 255 - mean) / std).contiguous(memory_format=torch.channels_last)


def save(model, path):
    """safetensors, the integers first so that every tensor is aligned."""
    tensors = sorted(model.state_dict().items(), key=lambda item: item[1].dtype != torch.int64)
    header, data = {"__metadata__": {"made by": os.path.basename(__file__)}}, b""
    for name, tensor in tensors:
        raw = tensor.contiguous().numpy().tobytes()
        kind = "I64" if tensor.dtype == torch.int64 else "F32"
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path + ".tmp", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)
    os.replace(path + ".tmp", path)


def main():
    folder, epochs = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 12
    torch.manual_seed(0)
    images, labels = load(folder)
    model = ResNet20().to(memory_format=torch.channels_last)
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.SGD([{"params": decayed, "weight_decay": DECAY}, {"params": others, "weight_decay": 0}],
                                lr=0.1, momentum=0.9, nesterov=True)
    steps = len(images) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK_RATE, epochs * steps, pct_start=0.25)
    for epoch in range(epochs):
        start, right, total = time.time(), 0, 0.0
        order = torch.randperm(len(images))
        for step in range(steps):
            batch = order[step * BATCH:(step + 1) * BATCH]
            logits = model(augment(images[batch]))
            loss = functional.cross_entropy(logits, labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            right += (logits.argmax(1) == labels[batch]).sum().item()
            total += loss.item()
        print(f"epoch {epoch + 1}: loss {total / steps:.4f}, accuracy {100 * right / (steps * BATCH):.2f} %, {time.time() - start:.0f} s", flush=True)
    save(model.eval(), os.path.join(os.path.dirname(os.path.abspath(__file__)), "cifar_resnet20.safetensors"))


if __name__ == "__main__":
    main()
