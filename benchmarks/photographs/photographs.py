"""Compares decoding photographs, and making a network's input of them, with PIL and torchvision, on one thread.

Needs the .NET SDK and a Python with torchvision and Pillow, such as Debian's python3-torchvision:
/usr/bin/python3 photographs.py FOLDER [ROUNDS]

Both sides take turns; the numbers are medians of the rounds, in milliseconds for one photograph.
"""
import glob
import os
import statistics
import subprocess
import sys
import time

import PIL
import torch
import torchvision
from PIL import Image
from torchvision import transforms

folder, rounds, warm_up = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 11, 6
here = os.path.dirname(os.path.abspath(__file__))
torch.set_num_threads(1)
files = sorted(glob.glob(os.path.join(glob.escape(folder), "*")))
preset = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
                             transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
ours = subprocess.Popen(["dotnet", "run", "-c", "Release", os.path.join(here, "photographs.cs"), "--", folder],
                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def managed(what):
    ours.stdin.write(what + "\n")
    ours.stdin.flush()
    return float(ours.stdout.readline())


def python(what):
    start = time.perf_counter()
    for file in files:
        image = Image.open(file).convert("RGB")
        if what == "input":
            preset(image)
    return (time.perf_counter() - start) * 1000


print(f"{len(files)} files, {rounds} rounds; Pillow {PIL.__version__}, torchvision {torchvision.__version__}")
for what in ("decode", "input"):
    for _ in range(warm_up):
        managed(what)
    python(what)
    times = [(managed(what) / len(files), python(what) / len(files)) for _ in range(rounds)]
    mine, theirs = (statistics.median(side) for side in zip(*times))
    print(f"{what}: ResNetManaged {mine:.3f} ms, {'PIL' if what == 'decode' else 'PIL + torchvision'} {theirs:.3f} ms, ratio {mine / theirs:.2f}")
ours.stdin.close()
