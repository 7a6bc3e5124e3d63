"""Records what torchvision's colour adjustments make of a small uint8 image, into the folder images beside this script.

images/adjust_<what>_<thousandths>.rgb   width and height (int32), then the pixels of adjust_<what>(image, thousandths / 1000)

The image, 24 x 18: the 216 colours of levels 0, 51, ..., 255 (red slowest), then the first 216 pixels of make_images.py's pattern.
Made with torchvision 0.14, whose tensor path this is: python3 make_adjustments.py
"""
import os
import struct

import torch
from torchvision.transforms import functional

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "images")
WIDTH, HEIGHT = 24, 18
FACTORS = {"brightness": (0, 600, 1370), "contrast": (0, 600, 1370), "saturation": (0, 600, 1370), "hue": (-500, -93, 41, 250)}


def image():
    levels = torch.arange(0, 256, 51)
    cube = torch.cartesian_prod(levels, levels, levels).flatten()
    i = torch.arange(WIDTH * HEIGHT * 3 - len(cube))
    pattern = (i * i * 31 + i * 17 + (i >> 3) * 101) & 255
    return torch.cat([cube, pattern]).to(torch.uint8).reshape(HEIGHT, WIDTH, 3)


planes = image().permute(2, 0, 1).contiguous()
for what, factors in FACTORS.items():
    for factor in factors:
        adjusted = getattr(functional, "adjust_" + what)(planes, factor / 1000)
        with open(os.path.join(FOLDER, f"adjust_{what}_{factor}.rgb"), "wb") as file:
            file.write(struct.pack("<ii", WIDTH, HEIGHT) + adjusted.permute(1, 2, 0).contiguous().numpy().tobytes())
