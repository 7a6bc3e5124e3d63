"""Records random JPEG files, intact and damaged, and the hashes of PIL's pixels, into jpegs.bin beside this script.

Records: length, width, height (0 if PIL refuses the file; int32, little-endian), the file, the first 8 bytes of the SHA-256 of the pixels.
Made with Pillow 9.4 (libjpeg-turbo 2.1.5): python3 make_jpegs.py
"""
import hashlib
import os
import random
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "Imaging", "Jpeg"))
from random_jpeg import pixels, random_file  # noqa: E402

COUNT, LONGEST = 250, 1200

rng, written = random.Random(81), 0
with open(os.path.join(HERE, "jpegs.bin"), "wb") as out:
    while written < COUNT:
        file = random_file(rng)
        if len(file) > LONGEST:
            continue
        image = pixels(file)
        size = image.size if image else (0, 0)
        out.write(struct.pack("<3i", len(file), *size) + file + hashlib.sha256(image.tobytes() if image else b"").digest()[:8])
        written += 1
