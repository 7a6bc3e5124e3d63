"""Records what PIL and torchvision make of small generated images, into the folder images beside this script.

images/<name>                     a file of every format and mode
images/<name>.rgb                 width and height (int32), then the pixels of Image.open(<name>).convert("RGB")
images/resize_<w>x<h>_<W>x<H>.rgb Image.resize((W, H), BILINEAR) of pattern(w, h), in the same form
images/preset_<w>x<h>_<resize>_<crop>.f32   torchvision's Resize (none where 0), CenterCrop, ToTensor, Normalize of pattern(w, h)

Made with Pillow 9.4 (libjpeg-turbo 2.1.5), torchvision 0.14: python3 make_images.py
"""
import io
import os
import struct
import zlib

import numpy as np
from PIL import Image
from torchvision import transforms

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "images")
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
PNG_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
random = np.random.default_rng(2015)


def pattern(width, height, channels=3):
    """Pixels that the tests compute in the same way."""
    i = np.arange(width * height * channels, dtype=np.int64)
    return ((i * i * 31 + i * 17 + (i >> 3) * 101) & 255).astype(np.uint8).reshape(height, width, channels)


def smooth(width, height, channels):
    """Pixels with something for a JPEG encoder to keep."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [128 + 70 * np.sin((x + 3 * c) / 3.0) * np.cos(y / (4.0 + c)) + 50 * ((x + y + c) % 7 > 3) for c in range(channels)]
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8).squeeze()


def noise(count):
    return random.integers(0, 256, count, dtype=np.uint8).tobytes()


def write(name, data):
    with open(os.path.join(FOLDER, name), "wb") as file:
        file.write(data)


def pixels(image):
    return struct.pack("<ii", *image.size) + image.tobytes()


def record(name, data):
    write(name, data)
    write(name + ".rgb", pixels(Image.open(io.BytesIO(data)).convert("RGB")))


def saved(image, format, **options):
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def make_jpeg():
    for width, height in [(1, 1), (2, 3), (17, 15), (29, 18)]:
        for subsampling in (0, 1, 2):
            for progressive in (False, True):
                name = f"jpeg_{width}x{height}_{('444', '422', '420')[subsampling]}{'_progressive' if progressive else ''}.jpg"
                image = Image.fromarray(smooth(width, height, 3).reshape(height, width, 3), "RGB")
                record(name, saved(image, "JPEG", quality=80, subsampling=subsampling, progressive=progressive))
    record("jpeg_gray.jpg", saved(Image.fromarray(smooth(19, 11, 1), "L"), "JPEG"))
    cmyk = saved(Image.fromarray(smooth(19, 11, 4), "CMYK"), "JPEG")
    record("jpeg_cmyk.jpg", cmyk)
    transform = cmyk.index(b"Adobe") + 11
    record("jpeg_ycck.jpg", cmyk[:transform] + b"\x02" + cmyk[transform + 1:])
    rgb = saved(Image.fromarray(smooth(19, 11, 3), "RGB"), "JPEG", subsampling=0)
    record("jpeg_adobe_rgb.jpg", rgb[:2] + b"\xff\xee\x00\x0eAdobe\x00\x64\0\0\0\0\0" + rgb[20:])  # instead of JFIF's segment
    record("jpeg_no_jfif.jpg", rgb[:2] + rgb[20:])
    rotated = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    record("jpeg_exif_rotation.jpg", saved(Image.fromarray(smooth(19, 11, 3), "RGB"), "JPEG", exif=rotated))
    record("jpeg_restarts.jpg", restarts(smooth(24, 16, 1)))


def restarts(gray):
    """Blocks coded one by one, with a restart marker between each two."""
    height, width = gray.shape
    whole = saved(Image.fromarray(gray, "L"), "JPEG")
    frame, scan = whole.index(b"\xff\xc0"), whole.index(b"\xff\xda")
    file = whole[:frame] + b"\xff\xdd\x00\x04\x00\x01" + whole[frame:scan + 10]
    corners = [(x, y) for y in range(0, height, 8) for x in range(0, width, 8)]
    for i, (x, y) in enumerate(corners):
        block = saved(Image.fromarray(gray[y:y + 8, x:x + 8], "L"), "JPEG")
        file += block[block.index(b"\xff\xda") + 10:-2] + (bytes([0xff, 0xd0 + i % 8]) if i < len(corners) - 1 else b"\xff\xd9")
    return file


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, color, rows, chunks=b"", interlace=0):
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace)
    compressed = zlib.compress(rows)
    half = len(compressed) // 2
    return (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + chunks + png_chunk(b"IDAT", compressed[:half])
            + png_chunk(b"IDAT", compressed[half:]) + png_chunk(b"IEND", b""))


def make_png():
    width, height = 13, 9
    for color, depths in PNG_DEPTHS.items():
        for depth in depths:
            for interlace in (0, 1):
                rows = b""
                for left, top, step_x, step_y in ADAM7 if interlace else [(0, 0, 1, 1)]:
                    columns, lines = (width - left + step_x - 1) // step_x, (height - top + step_y - 1) // step_y
                    size = (columns * PNG_CHANNELS[color] * depth + 7) // 8
                    rows += b"".join(bytes([(y + left) % 5]) + noise(size) for y in range(lines))
                chunks = png_chunk(b"PLTE", noise(3 << depth)) + png_chunk(b"tRNS", b"\x00\x80") if color == 3 else b""
                if color in (0, 2):
                    chunks = png_chunk(b"tRNS", b"\x00\x01" * PNG_CHANNELS[color])
                name = f"png_color{color}_depth{depth}{'_interlaced' if interlace else ''}.png"
                record(name, png(width, height, depth, color, rows, chunks, interlace))
    levels = np.array([[0, 1, 254, 255, 256, 257, 1000, 65535]], dtype=np.int32)
    record("png_gray16_levels.png", saved(Image.fromarray(levels, "I"), "PNG"))
    short = png_chunk(b"PLTE", bytes([9, 8, 7, 1, 2, 3]))
    record("png_short_palette.png", png(6, 1, 8, 3, bytes([0, 0, 1, 2, 3, 200, 255]), short))
    record("png_1x1.png", png(1, 1, 8, 2, bytes([0, 10, 20, 30])))


def bmp(width, height, bits, data, compression=0, palette=b"", masks=b"", header_size=40):
    if header_size == 12:
        header = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        header = struct.pack("<IiiHHIIiiII", header_size, width, height, 1, bits, compression, len(data), 0, 0, 0, 0) + masks
        header = header.ljust(header_size, b"\0") if header_size > 40 else header
    offset = 14 + len(header) + len(palette)
    return b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + header + palette + data


def make_bmp():
    width, height = 7, 5
    for bits in (1, 4, 8, 16, 24, 32):
        data = noise((width * bits + 31) // 32 * 4 * height)
        for header_size in (12, 40, 124):
            palette = noise((3 if header_size == 12 else 4) << bits) if bits <= 8 else b""
            record(f"bmp_{bits}_header{header_size}.bmp", bmp(width, height, bits, data, 0, palette, b"", header_size))
    record("bmp_top_down.bmp", bmp(width, -height, 24, noise(24 * height)))
    for bits, red, green, blue, alpha in [(16, 0xF800, 0x7E0, 0x1F, 0), (16, 0x7C00, 0x3E0, 0x1F, 0), (32, 0xFF000000, 0xFF0000, 0xFF00, 0xFF),
                                          (32, 0xFF, 0xFF00, 0xFF0000, 0xFF000000), (32, 0xFF0000, 0xFF00, 0xFF, 0xFF000000)]:
        masks = struct.pack("<IIII", red, green, blue, alpha)
        data = noise((width * bits + 31) // 32 * 4 * height)
        record(f"bmp_masks_{bits}_{red:x}_{alpha:x}.bmp", bmp(width, height, bits, data, 3, b"", masks, 124))
    runs = bytes([6, 1, 0, 0, 0, 4, 9, 8, 7, 6, 2, 200, 0, 0, 0, 5, 1, 2, 3, 4, 5, 0, 1, 77, 0, 1])
    record("bmp_rle8.bmp", bmp(6, 3, 8, runs, 1, noise(1024)))
    runs = bytes([6, 0x12, 0, 0, 0, 4, 0x34, 0x56, 2, 0x79, 0, 1])
    record("bmp_rle4.bmp", bmp(6, 2, 4, runs, 2, noise(64)))


def gif(screen, frame, levels, palette, transparent=None, interlaced=False, local=False):
    codes = []
    for i, level in enumerate(levels):
        codes += [4, level] if i % 2 == 0 else [level]  # clearing often keeps every code at 3 bits
    bits = sum(code << (3 * i) for i, code in enumerate(codes + [5]))
    data = bits.to_bytes((3 * len(codes) + 3 + 7) // 8, "little")
    flags = 0x81
    file = b"GIF89a" + struct.pack("<HHBBB", *screen, 0 if local else flags, 1, 0) + (b"" if local else palette)
    if transparent is not None:
        file += b"!\xf9\x04" + bytes([1, 0, 0, transparent]) + b"\0"
    file += b"," + struct.pack("<HHHHB", *frame, (flags if local else 0) | (0x40 if interlaced else 0)) + (palette if local else b"")
    return file + b"\x02" + bytes([len(data)]) + data + b"\0;"


def make_gif():
    for transparent in (None, 2):
        for interlaced in (False, True):
            for local in (False, True):
                name = f"gif_part{'_transparent' if transparent else ''}{'_interlaced' if interlaced else ''}{'_local' if local else ''}.gif"
                levels = random.integers(0, 4, 5 * 11).tolist()
                record(name, gif((9, 14), (2, 1, 5, 11), levels, noise(12), transparent, interlaced, local))
    record("gif_beyond_screen.gif", gif((3, 3), (2, 1, 5, 6), random.integers(0, 4, 30).tolist(), noise(12)))
    record("gif_noise.gif", saved(Image.fromarray(np.frombuffer(noise(80 * 70), np.uint8).reshape(70, 80), "L"), "GIF"))
    first, second = Image.fromarray(smooth(12, 12, 1), "L"), Image.fromarray(255 - smooth(12, 12, 1), "L")
    record("gif_animated.gif", saved(first, "GIF", save_all=True, append_images=[second]))


def make_resized():
    for width, height, to_width, to_height in [
            (8, 8, 4, 4), (17, 13, 5, 7), (5, 7, 17, 13), (40, 3, 3, 40), (1, 1, 5, 4), (64, 1, 1, 1), (300, 2, 7, 2), (2, 300, 2, 7),
            (33, 21, 33, 9), (21, 33, 9, 33), (50, 30, 49, 29), (640, 2, 1, 9), (2, 1, 64, 1), (3, 3, 3, 3), (5000, 3, 2, 2)]:
        resized = Image.fromarray(pattern(width, height), "RGB").resize((to_width, to_height), Image.BILINEAR)
        write(f"resize_{width}x{height}_{to_width}x{to_height}.rgb", pixels(resized))


def make_presets():
    for width, height, resize, crop in [(31, 23, 20, 16), (23, 31, 20, 15), (12, 9, 0, 16), (21, 23, 0, 16), (19, 40, 0, 16), (5, 90, 16, 16)]:
        steps = [transforms.Resize(resize)] if resize else []
        steps += [transforms.CenterCrop(crop), transforms.ToTensor(), transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])]
        tensor = transforms.Compose(steps)(Image.fromarray(pattern(width, height), "RGB"))
        write(f"preset_{width}x{height}_{resize}_{crop}.f32", tensor.numpy().tobytes())


os.makedirs(FOLDER, exist_ok=True)
for old in os.listdir(FOLDER):
    os.remove(os.path.join(FOLDER, old))
for make in (make_jpeg, make_png, make_bmp, make_gif, make_resized, make_presets):
    make()
