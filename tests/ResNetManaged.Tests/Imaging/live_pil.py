"""Writes to standard output what the installed PIL makes of random images, for LivePilTests.cs to compare with.

Records: kind (R resize, D decode), then int32 numbers, then bytes, all little-endian.
R: width, height, new width, new height, filter (an index into FILTERS); the pixels; the resized pixels.
D: width, height, length of the file; the file; its pixels.
"""
import io
import random
import struct
import sys

from PIL import Image

FILTERS = [Image.BILINEAR, Image.BICUBIC, Image.LANCZOS, Image.BOX, Image.HAMMING, Image.NEAREST]  # in the order of the enumeration Interpolation
rng = random.Random(int(sys.argv[1]))
out = sys.stdout.buffer


def noise(width, height, mode):
    return Image.frombytes(mode, (width, height), rng.randbytes(width * height * len(mode)))


def picture(width, height, mode):
    """Noise, enlarged: neighbours resemble each other, as in photographs."""
    return noise(1 + width // 7, 1 + height // 7, mode).resize((width, height), Image.BICUBIC)


for _ in range(1000):
    source = noise(rng.randint(1, 90), rng.randint(1, 90), "RGB")
    size = (rng.randint(1, 120), rng.randint(1, 120))
    for index, filter in enumerate(FILTERS):
        out.write(b"R" + struct.pack("<5i", *source.size, *size, index) + source.tobytes() + source.resize(size, filter).tobytes())

for _ in range(150):
    mode = rng.choice(["L", "RGB", "CMYK", "P", "RGBA"])
    image = picture(rng.randint(1, 70), rng.randint(1, 70), "RGB" if mode == "P" else mode)
    image = image.convert("P") if mode == "P" else image
    format = {"CMYK": ["JPEG"], "RGBA": ["PNG"], "P": ["PNG", "GIF", "BMP"], "L": ["JPEG", "PNG", "BMP"], "RGB": ["JPEG", "PNG", "BMP"]}[mode]
    stream = io.BytesIO()
    image.save(stream, rng.choice(format), quality=rng.randint(5, 100), progressive=rng.random() < 0.5, subsampling=rng.randint(0, 2))
    decoded = Image.open(io.BytesIO(stream.getvalue())).convert("RGB")
    out.write(b"D" + struct.pack("<3i", *decoded.size, len(stream.getvalue())) + stream.getvalue() + decoded.tobytes())
