#!/usr/bin/env python3
"""Draws icon.png, the packages' icon: a residual block, F(x) + x, on a rounded square. Python's standard library alone.

Run: python3 assets/make_icon.py
"""
import pathlib
import struct
import zlib

SIZE = 128
SAMPLES = 4  # a side, of each pixel: the edges are smooth
GROUND, LAYER, LINE = (38, 70, 140), (255, 255, 255), (255, 190, 70)


def in_box(x, y, left, top, right, bottom, radius):
    dx = max(left + radius - x, x - (right - radius), 0)
    dy = max(top + radius - y, y - (bottom - radius), 0)
    return left <= x <= right and top <= y <= bottom and dx * dx + dy * dy <= radius * radius


def near_line(x, y, x0, y0, x1, y1, width):
    length = (x1 - x0) ** 2 + (y1 - y0) ** 2
    t = min(max(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length, 0), 1)
    return (x - x0 - t * (x1 - x0)) ** 2 + (y - y0 - t * (y1 - y0)) ** 2 <= (width / 2) ** 2


def color(x, y):
    """RGBA at a point."""
    if not in_box(x, y, 2, 2, 126, 126, 24):
        return (0, 0, 0, 0)
    for top in (28, 58):  # the block's two layers
        if in_box(x, y, 20, top, 76, top + 18, 6):
            return (*LAYER, 255)
    distance = ((x - 48) ** 2 + (y - 98) ** 2) ** 0.5
    if near_line(x, y, 42, 98, 54, 98, 4) or near_line(x, y, 48, 92, 48, 104, 4) or 10 <= distance <= 14:  # the sum
        return (*LAYER, 255)
    if distance > 14:
        shortcut = [(48, 17, 100, 17), (100, 17, 100, 98), (100, 98, 64, 98)]
        if any(near_line(x, y, *segment, 6) for segment in shortcut):
            return (*LINE, 255)
        if any(near_line(x, y, *segment, 4) for segment in [(48, 12, 48, 28), (48, 46, 48, 58), (48, 76, 48, 85), (48, 111, 48, 117)]):
            return (*LAYER, 255)
    return (*GROUND, 255)


def pixel(column, row):
    """The mean over the samples, colours weighted by how opaque they are."""
    offsets = [(i + 0.5) / SAMPLES for i in range(SAMPLES)]
    points = [color(column + dx, row + dy) for dy in offsets for dx in offsets]
    alpha = sum(p[3] for p in points)
    if alpha == 0:
        return bytes(4)
    return bytes([*(round(sum(p[i] * p[3] for p in points) / alpha) for i in range(3)), round(alpha / len(points))])


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


rows = b"".join(b"\0" + b"".join(pixel(column, row) for column in range(SIZE)) for row in range(SIZE))
png = (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0))
       + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))
(pathlib.Path(__file__).parent / "icon.png").write_bytes(png)
