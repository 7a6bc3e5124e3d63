#!/usr/bin/env python3
"""Draws the sample pictures, 480 x 360: a ship, an airplane, a truck, an automobile, a frog. Files are named after the class of CIFAR-10.

Run: python3 make_pictures.py [FOLDER]        needs numpy and Pillow; the same pictures each time
"""
import os
import sys

import numpy
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT, SCALE = 480, 360, 2  # drawn at twice the size, then reduced: smooth edges
Y, X = numpy.mgrid[0:HEIGHT * SCALE, 0:WIDTH * SCALE] / SCALE


def clouds(seed, cells):
    """Smooth noise, 0 to 1: octaves of random values, enlarged."""
    random, total = numpy.random.default_rng(seed), numpy.zeros(Y.shape)
    for octave in range(5):
        grid = random.random((cells[1] * 2 ** octave, cells[0] * 2 ** octave)).astype(numpy.float32)
        total += numpy.asarray(Image.fromarray(grid).resize(Y.shape[::-1], Image.BICUBIC)) / 2 ** (octave + 1)
    return (total - total.min()) / (total.max() - total.min())


def mix(share, low, high):
    return (1 - share[..., None]) * numpy.array(low) + share[..., None] * numpy.array(high)


def picture(pixels, noise=3):
    grain = numpy.random.default_rng(1).normal(0, noise, Y.shape + (1,))
    return Image.fromarray(numpy.clip(pixels + grain, 0, 255).astype(numpy.uint8))


def at(points):
    return [(x * SCALE, y * SCALE) for x, y in points]


def polygon(image, points, fill):
    ImageDraw.Draw(image).polygon(at(points), fill=fill)


def ellipse(image, x, y, rx, ry, fill):
    ImageDraw.Draw(image).ellipse(sum(at([(x - rx, y - ry), (x + rx, y + ry)]), ()), fill=fill)


def rounded(mask, radius=7):
    """The mask with its corners rounded."""
    return mask.filter(ImageFilter.GaussianBlur(radius)).point(lambda v: 255 if v > 118 else 0)


def solid(image, mask, dark, light, angle=(0.0, 1.0), texture=0.0, seed=0):
    """Fills a mask with a body lit from above: from light to dark along a direction over the mask's own extent."""
    ys, xs = numpy.nonzero(numpy.asarray(mask) > 127)
    along = angle[0] * X + angle[1] * Y
    low, high = along[ys, xs].min(), along[ys, xs].max()
    shade = numpy.clip((along - low) / max(high - low, 1e-6), 0, 1)
    body = mix(shade, light, dark)
    if texture:
        body = body * (1 + texture * (clouds(seed, (24, 18)) - 0.5))[..., None]
    image.paste(picture(body), mask=mask.filter(ImageFilter.GaussianBlur(0.7)))


def outline(*shapes):
    """A mask: the union of polygons and, where a shape has four numbers, ellipses (x, y, rx, ry)."""
    mask = Image.new("L", Y.shape[::-1])
    draw = ImageDraw.Draw(mask)
    for shape in shapes:
        if isinstance(shape[0], tuple):
            draw.polygon(at(shape), fill=255)
        else:
            x, y, rx, ry = shape
            draw.ellipse(sum(at([(x - rx, y - ry), (x + rx, y + ry)]), ()), fill=255)
    return mask


def shadow(image, x, y, rx, ry, strength=0.6):
    mask = outline((x, y, rx, ry)).filter(ImageFilter.GaussianBlur(8)).point(lambda v: int(v * strength))
    image.paste((18, 18, 20), mask=mask)


def wheel(image, x, y, r):
    ellipse(image, x, y, r, r, (24, 24, 26))
    ellipse(image, x, y, r * 0.58, r * 0.58, (150, 152, 156))
    ellipse(image, x, y, r * 0.44, r * 0.44, (92, 94, 98))
    ellipse(image, x, y, r * 0.16, r * 0.16, (190, 190, 194))


def ship():
    horizon = 215
    up = numpy.clip((horizon - Y) / horizon, 0, 1)
    sky = mix(up, (255, 176, 96), (52, 92, 168))
    sky = sky + numpy.exp(-((X - 350) ** 2 + (Y - 190) ** 2) / 5200)[..., None] * numpy.array([90, 70, 20])
    down = numpy.clip((Y - horizon) / (HEIGHT - horizon), 0, 1)
    waves = numpy.sin(Y * Y / 210 + 3 * numpy.sin(X / 37)) * numpy.sin(X / (9 + Y / 12) + Y / 5)
    shine = numpy.exp(-((X - 350) / (18 + 0.5 * numpy.abs(Y - horizon))) ** 2) * (waves > 0.1)
    sea = mix(down, (196, 132, 96), (16, 46, 84)) + 14 * waves[..., None] + shine[..., None] * numpy.array([90, 60, 25])
    image = picture(numpy.where((Y < horizon)[..., None], sky, sea))
    ellipse(image, 352, 190, 22, 22, (255, 236, 170))
    polygon(image, [(0, 215), (0, 200), (60, 188), (130, 204), (170, 215)], (70, 62, 92))
    polygon(image, [(196, 60), (200, 60), (200, 262), (196, 262)], (74, 52, 40))
    polygon(image, [(203, 66), (206, 248), (292, 248), (252, 170)], (246, 240, 226))
    polygon(image, [(193, 76), (190, 246), (122, 246), (160, 170)], (226, 214, 196))
    polygon(image, [(203, 66), (206, 248), (232, 248)], (255, 250, 240))
    polygon(image, [(108, 256), (306, 256), (272, 292), (140, 292)], (120, 40, 34))
    polygon(image, [(108, 256), (306, 256), (303, 262), (112, 262)], (236, 226, 210))
    polygon(image, [(200, 60), (222, 66), (200, 73)], (204, 48, 40))
    return image


def airplane():
    sky = mix(numpy.clip(Y / HEIGHT, 0, 1), (70, 128, 200), (176, 206, 232))
    cover = numpy.clip((clouds(5, (4, 3)) - 0.52) * 3.2, 0, 0.85)
    image = picture(sky * (1 - cover[..., None]) + cover[..., None] * numpy.array([240, 243, 248]))
    white, grey = (250, 250, 252), (122, 132, 148)
    solid(image, outline([(228, 172), (318, 92), (346, 90), (296, 176)]), (150, 158, 172), (196, 204, 214))      # far wing
    solid(image, outline([(62, 196), (28, 118), (64, 112), (120, 186)]), (28, 60, 128), (44, 92, 178))           # fin
    body = outline([(60, 190), (110, 172), (370, 152), (420, 160), (446, 176), (440, 188), (400, 204), (250, 222), (140, 216)], (404, 178, 44, 24))
    solid(image, body, grey, white)
    solid(image, outline([(72, 200), (22, 176), (4, 184), (52, 214), (110, 212)]), (140, 148, 162), (220, 226, 232))  # tailplane
    for i in range(18):
        ellipse(image, 150 + i * 13, 188 - i * 1.0, 2.6, 3.4, (48, 58, 78))
    polygon(image, [(416, 164), (434, 172), (420, 177), (408, 173)], (36, 46, 66))
    polygon(image, [(100, 203), (250, 201), (430, 187), (428, 190), (250, 206), (108, 208)], (36, 78, 160))
    solid(image, outline([(214, 200), (300, 198), (206, 300), (170, 304), (186, 268)]), (104, 114, 130), (226, 230, 236))  # near wing
    for x, y in ((252, 236), (222, 268)):
        solid(image, outline((x, y, 24, 11)), (66, 74, 88), (226, 230, 236))
        ellipse(image, x + 19, y, 5, 9, (32, 36, 44))
    return image


def road(horizon, seed, sky=((92, 146, 208), (206, 222, 234)), trees=(46, 74, 40)):
    up = numpy.clip(Y / horizon, 0, 1)
    pixels = mix(up, *sky)
    cover = numpy.clip((clouds(seed, (3, 3)) - 0.5) * 2.4, 0, 0.8)[..., None]
    pixels = pixels * (1 - cover) + cover * numpy.array([238, 240, 244])
    edge = horizon - 18 - 34 * clouds(seed + 1, (8, 1))
    wood = mix(clouds(seed + 2, (30, 20)), trees, [v * 1.9 for v in trees])
    pixels = numpy.where(((Y > edge) & (Y <= horizon))[..., None], wood, pixels)
    grass = mix(clouds(seed + 3, (40, 40)), (84, 104, 54), (128, 146, 82))
    tar = mix(clouds(seed + 4, (60, 40)), (94, 94, 98), (122, 122, 124)) * (0.86 + 0.2 * numpy.clip((Y - horizon) / 130, 0, 1))[..., None]
    ground = numpy.where((Y < horizon + 22)[..., None], grass, tar)
    return picture(numpy.where((Y > horizon)[..., None], ground, pixels))


def truck():
    image = road(206, 20)
    shadow(image, 236, 300, 214, 16)
    polygon(image, [(44, 262), (428, 262), (428, 282), (44, 282)], (44, 46, 50))
    solid(image, outline([(36, 92), (312, 92), (312, 266), (36, 266)]), (186, 190, 196), (250, 250, 250))        # box
    polygon(image, [(36, 92), (312, 92), (312, 99), (36, 99)], (206, 210, 216))
    polygon(image, [(36, 158), (312, 158), (312, 190), (36, 190)], (196, 52, 44))
    for x in range(60, 312, 36):
        polygon(image, [(x, 99), (x + 1.4, 99), (x + 1.4, 264), (x, 264)], (196, 200, 206))
    solid(image, outline([(318, 146), (336, 128), (392, 128), (414, 134), (432, 196), (444, 206), (446, 270), (318, 270)]), (126, 24, 22), (214, 60, 52))
    polygon(image, [(344, 142), (396, 142), (416, 196), (344, 196)], (46, 60, 78))
    polygon(image, [(350, 146), (372, 146), (360, 192), (350, 192)], (120, 142, 164))
    polygon(image, [(330, 120), (392, 120), (392, 128), (330, 128)], (150, 34, 30))
    polygon(image, [(426, 252), (452, 252), (452, 276), (426, 276)], (52, 54, 58))
    ellipse(image, 440, 236, 7, 9, (250, 240, 196))
    for x in (92, 148, 384):
        wheel(image, x, 284, 27)
    return image


def automobile():
    image = road(188, 40, trees=(58, 82, 46))
    shadow(image, 240, 292, 196, 17)
    body = outline([(54, 240), (62, 208), (96, 196), (150, 190), (196, 142), (300, 140), (352, 186), (408, 200), (430, 222), (434, 262), (420, 276), (70, 276), (54, 266)])
    solid(image, body, (104, 8, 16), (232, 40, 44))
    polygon(image, [(166, 190), (202, 150), (244, 149), (244, 190)], (38, 50, 66))
    polygon(image, [(252, 149), (294, 148), (334, 186), (252, 190)], (38, 50, 66))
    polygon(image, [(174, 188), (204, 154), (222, 153), (196, 189)], (122, 146, 168))
    polygon(image, [(258, 152), (276, 152), (282, 189), (258, 189)], (104, 128, 150))
    polygon(image, [(60, 232), (432, 230), (432, 233), (60, 235)], (250, 110, 106))
    polygon(image, [(247, 150), (250, 150), (250, 268), (247, 268)], (120, 12, 18))
    polygon(image, [(262, 208), (282, 208), (282, 212), (262, 212)], (236, 210, 210))
    polygon(image, [(70, 268), (424, 268), (420, 277), (74, 277)], (40, 40, 44))
    ellipse(image, 420, 220, 10, 9, (252, 246, 214))
    polygon(image, [(56, 214), (72, 208), (72, 228), (56, 232)], (160, 16, 16))
    polygon(image, [(426, 252), (440, 252), (440, 268), (426, 268)], (60, 62, 66))
    for x in (126, 354):
        ellipse(image, x, 268, 39, 39, (28, 12, 14))
        wheel(image, x, 272, 33)
    return image


def frog():
    leaf = mix(clouds(60, (5, 4)), (60, 44, 26), (118, 92, 56)) * (0.75 + 0.5 * clouds(61, (26, 20)))[..., None]
    image = picture(leaf, noise=5)
    shadow(image, 240, 268, 178, 40, 0.8)
    dark, light = (46, 74, 18), (138, 170, 60)
    for side in (1, -1):
        def flip(points):
            return [(240 + side * (x - 240), y) for x, y in points]
        solid(image, rounded(outline(flip([(330, 190), (404, 176), (424, 220), (394, 268), (316, 272)]))), dark, light, texture=0.7, seed=62)
        solid(image, rounded(outline(flip([(384, 250), (430, 280), (452, 278), (440, 292), (410, 294), (350, 284)]))), dark, light, texture=0.6, seed=63)
        solid(image, rounded(outline(flip([(286, 236), (320, 250), (318, 290), (346, 304), (330, 314), (292, 310), (280, 280)]))), dark, light, texture=0.6, seed=64)
    solid(image, outline((240, 214, 106, 76), (240, 164, 84, 58)), dark, (156, 188, 72), texture=0.8, seed=65)
    solid(image, outline((240, 262, 66, 34)), (150, 150, 96), (206, 208, 150), texture=0.4, seed=66)
    spots = numpy.random.default_rng(67)
    for _ in range(26):
        x, y = spots.normal(240, 52), spots.normal(180, 34)
        ellipse(image, x, y, spots.uniform(3, 9), spots.uniform(2, 6), (66, 92, 28))
    for x in (186, 294):
        solid(image, outline((x, 126, 29, 27)), dark, (164, 192, 84), texture=0.5, seed=68)
        ellipse(image, x, 124, 19, 18, (206, 164, 40))
        ellipse(image, x, 124, 12, 9, (12, 12, 10))
        ellipse(image, x - 6, 117, 4, 4, (250, 250, 246))
    ImageDraw.Draw(image).arc(sum(at([(172, 130), (308, 222)]), ()), 20, 160, fill=(38, 54, 16), width=5)
    for x in (228, 252):
        ellipse(image, x, 168, 3, 2, (26, 36, 12))
    return image.filter(ImageFilter.GaussianBlur(0.6))


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    for draw in (ship, airplane, truck, automobile, frog):
        image = draw().resize((WIDTH, HEIGHT), Image.LANCZOS).filter(ImageFilter.GaussianBlur(0.4))
        image.save(os.path.join(folder, f"{draw.__name__}.jpg"), quality=88)


if __name__ == "__main__":
    main()
