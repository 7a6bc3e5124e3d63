#!/usr/bin/env python3
"""Draws boat.jpg, the picture that `resnet demo` runs a network on: a sailing boat at sunset, 480 x 360.

Run: python3 make_boat.py        needs numpy and Pillow
"""
import os

import numpy
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT, HORIZON, SCALE = 480, 360, 215, 2  # drawn at twice the size, then reduced: smooth edges


def sky_and_sea():
    y, x = numpy.mgrid[0:HEIGHT * SCALE, 0:WIDTH * SCALE] / SCALE
    up = numpy.clip((HORIZON - y) / HORIZON, 0, 1)[..., None]
    sky = (1 - up) * numpy.array([255, 176, 96]) + up * numpy.array([52, 92, 168])
    glow = numpy.exp(-((x - 350) ** 2 + (y - 190) ** 2) / 5200)[..., None]
    sky = sky + glow * numpy.array([90, 70, 20])
    down = numpy.clip((y - HORIZON) / (HEIGHT - HORIZON), 0, 1)[..., None]
    sea = (1 - down) * numpy.array([196, 132, 96]) + down * numpy.array([16, 46, 84])
    waves = numpy.sin(y * y / 210 + 3 * numpy.sin(x / 37)) * numpy.sin(x / (9 + y / 12) + y / 5)
    shine = numpy.exp(-((x - 350) / (18 + 0.5 * numpy.abs(y - HORIZON))) ** 2) * (waves > 0.1)
    sea = sea + 14 * waves[..., None] + shine[..., None] * numpy.array([90, 60, 25])
    noise = numpy.random.default_rng(1).normal(0, 3, (HEIGHT * SCALE, WIDTH * SCALE, 1))
    picture = numpy.where((y < HORIZON)[..., None], sky, sea) + noise
    return Image.fromarray(numpy.clip(picture, 0, 255).astype(numpy.uint8))


def polygon(draw, points, fill):
    draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=fill)


def main():
    picture = sky_and_sea()
    draw = ImageDraw.Draw(picture)
    draw.ellipse([v * SCALE for v in (330, 168, 374, 212)], fill=(255, 236, 170))
    polygon(draw, [(0, 215), (0, 200), (60, 188), (130, 204), (170, 215)], (70, 62, 92))
    polygon(draw, [(196, 60), (200, 60), (200, 262), (196, 262)], (74, 52, 40))
    polygon(draw, [(203, 66), (206, 248), (292, 248), (252, 170)], (246, 240, 226))
    polygon(draw, [(193, 76), (190, 246), (122, 246), (160, 170)], (226, 214, 196))
    polygon(draw, [(203, 66), (206, 248), (232, 248)], (255, 250, 240))
    polygon(draw, [(108, 256), (306, 256), (272, 292), (140, 292)], (120, 40, 34))
    polygon(draw, [(108, 256), (306, 256), (303, 262), (112, 262)], (236, 226, 210))
    polygon(draw, [(200, 60), (222, 66), (200, 73)], (204, 48, 40))
    picture = picture.resize((WIDTH, HEIGHT), Image.LANCZOS).filter(ImageFilter.GaussianBlur(0.4))
    picture.save(os.path.join(os.path.dirname(os.path.abspath(__file__)), "boat.jpg"), quality=88)


if __name__ == "__main__":
    main()
