"""Records what PIL makes of 1,000 images of random sizes with each of its filters, into resized.tsv beside this script.

A line: width, height, new width, new height, then for each of FILTERS the first 12 hex digits of the SHA-256 of the pixels of
Image.resize((new width, new height), filter) of pattern(width, height), as in make_images.py.

Made with Pillow 9.4: python3 make_resized.py
"""
import hashlib
import os
import random

import numpy as np
from PIL import Image

FILTERS = [Image.BILINEAR, Image.BICUBIC, Image.LANCZOS, Image.BOX, Image.HAMMING, Image.NEAREST]  # in the order of the enumeration Interpolation
rng = random.Random(2016)


def pattern(width, height):
    i = np.arange(width * height * 3, dtype=np.int64)
    return Image.fromarray(((i * i * 31 + i * 17 + (i >> 3) * 101) & 255).astype(np.uint8).reshape(height, width, 3), "RGB")


def side():
    return round(1.5 ** rng.uniform(0, 14.5))  # 1 to 357, small ones as often as large ones


with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "resized.tsv"), "w", newline="\n") as file:
    for _ in range(1000):
        sizes = [side() for _ in range(4)]
        hashes = [hashlib.sha256(pattern(*sizes[:2]).resize(sizes[2:], filter).tobytes()).hexdigest()[:12] for filter in FILTERS]
        file.write("\t".join([*map(str, sizes), *hashes]) + "\n")
