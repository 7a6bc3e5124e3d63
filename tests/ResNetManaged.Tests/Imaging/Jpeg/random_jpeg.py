"""Random JPEG files, intact and damaged, and what the installed PIL makes of them: for RandomJpegTests.cs, and for Goldens/make_jpegs.py.

Half of the files come from PIL's encoder, half from the one below, which writes random coefficients in the ways that PIL's cannot: any sampling factors,
restart intervals, components in scans of their own, scans of any band and any bits, random Huffman codes, 16-bit quantization, missing tables and scans.

python3 random_jpeg.py SEED COUNT writes to standard output, for each file: length, width, height (0 if PIL refuses it; int32), the file, its pixels.
"""
import io
import random
import struct
import sys

from PIL import Image

ORDER = sorted(range(64), key=lambda i: (i // 8 + i % 8, i // 8 if (i // 8 + i % 8) % 2 else i % 8))  # zigzag, as positions row by row
KINDS = ["intact"] * 4 + ["cut"] * 2 + ["ended"] * 2 + ["data"] * 4 + ["any", "deleted", "inserted", "marker"]


def segment(marker, data):
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


class Code:
    """A random Huffman code of some symbols."""

    def __init__(self, rng, symbols):
        lengths = [1, 1]
        while len(lengths) <= len(symbols):  # one code more than symbols, since no code may consist of ones only
            i = rng.randrange(len(lengths)) if rng.random() < 0.2 else lengths.index(min(lengths))
            if lengths[i] < 16:
                lengths[i:i + 1] = [lengths[i] + 1] * 2
        lengths = sorted(lengths)[:-1]
        symbols = rng.sample(symbols, len(symbols))
        self.data = bytes(lengths.count(n) for n in range(1, 17)) + bytes(symbols)
        self.codes, code = {}, 0
        for i, (symbol, length) in enumerate(zip(symbols, lengths)):
            code <<= length - (lengths[i - 1] if i else 0)
            self.codes[symbol] = format(code, f"0{length}b")
            code += 1


class Encoder:
    """Writes random coefficients as a JPEG file."""

    def __init__(self, rng):
        self.rng = rng
        self.width, self.height = rng.randint(1, 70), rng.randint(1, 70)
        self.progressive = rng.random() < 0.5
        count = rng.choice([1, 3, 3, 3, 4])
        choices = rng.choice([[(1, 1)], [(1, 1), (2, 1)], [(1, 1), (2, 2), (1, 2), (2, 1)], [(1, 1), (4, 1), (2, 1), (1, 4), (1, 2)], [(3, 1), (1, 3), (1, 1)]])
        self.sampling = [rng.choice(choices) for _ in range(count)]
        self.most = [max(s[axis] for s in self.sampling) for axis in (0, 1)]
        self.interval = rng.choice([0, 0, 1, 2, 3, 7])
        self.blocks = [{} for _ in range(count)]  # (row, column) -> 64 values in coded order
        self.scale = rng.choice([1, 3, 30, 300])

    def columns(self, i, axis):
        """The blocks of component i that contain pixels, along an axis."""
        return -(-(self.width, self.height)[axis] * self.sampling[i][axis] // (self.most[axis] * 8))

    def block(self, i, at):
        if at not in self.blocks[i]:
            values = [0] * 64
            values[0] = self.rng.randint(-self.scale, self.scale) * 3
            for _ in range(self.rng.choice([0, 0, 1, 3, 10, 40])):
                values[min(63, int(self.rng.expovariate(0.15)) + 1)] = self.rng.randint(-self.scale, self.scale)
            self.blocks[i][at] = values
        return self.blocks[i][at]

    def units(self, members):
        """The MCUs of a scan as lists of (component, (row, column))."""
        if len(members) == 1:
            i = members[0]
            return [[(i, (y, x))] for y in range(self.columns(i, 1)) for x in range(self.columns(i, 0))]
        rows, columns = [-(-side // (8 * most)) for side, most in ((self.height, self.most[1]), (self.width, self.most[0]))]
        return [[(i, (row * self.sampling[i][1] + y, column * self.sampling[i][0] + x)) for i in members for y in range(self.sampling[i][1])
                 for x in range(self.sampling[i][0])] for row in range(rows) for column in range(columns)]

    def scan(self, members, first=0, last=63, high=0, low=0):
        dc, ac = [Code(self.rng, list(range(16))) for _ in range(2)], [Code(self.rng, list(range(256))) for _ in range(2)]
        tables = [(self.rng.randrange(2), self.rng.randrange(2)) for _ in members]
        out = segment(0xC4, b"".join(bytes([slot | kind]) + codes[slot].data for kind, codes in ((0, dc), (16, ac)) for slot in (0, 1)))
        out += segment(0xDA, bytes([len(members)]) + b"".join(bytes([i + 1, d << 4 | a]) for i, (d, a) in zip(members, tables)) + bytes([first, last, high << 4 | low]))
        bits, predicted, run = [], {}, []

        def flush():
            if run:
                length = len(run).bit_length() - 1
                bits.append(ac[tables[0][1]].codes[length << 4] + (format(len(run) - (1 << length), f"0{length}b") if length else ""))
                bits.extend("".join(corrections) for corrections in run)
                run.clear()

        def number(value):
            size = abs(value).bit_length()
            return size, format(value if value >= 0 else value + (1 << size) - 1, f"0{size}b") if size else ""

        for index, unit in enumerate(self.units(members)):
            if self.interval and index and index % self.interval == 0:
                flush()
                out += self.pack(bits) + bytes([0xFF, 0xD0 + (index // self.interval - 1) % 8])
                bits, predicted = [], {}
            for i, at in unit:
                values, (dc_table, ac_table) = self.block(i, at), tables[members.index(i)]
                if first == 0 and high:
                    bits.append(str(values[0] >> low & 1))
                elif first == 0:
                    value = values[0] >> low
                    size, text = number(value - predicted.get(i, 0))
                    predicted[i] = value
                    bits.append(dc[dc_table].codes[size] + text)
                if last == 0:
                    continue
                zeros, corrections, newest = 0, [], []
                for k in range(max(first, 1), last + 1):
                    value = abs(values[k]) >> low
                    if high and value > 1:
                        corrections.append(str(value & 1))
                        newest.append((zeros, corrections[-1]))
                    elif value == 0:
                        zeros += 1
                        newest.append((zeros, ""))
                    else:
                        flush()
                        while zeros > 15:
                            cut = next(n for n, (count, text) in enumerate(newest) if count == 16 and text == "") + 1 if high else 0
                            bits.append(ac[ac_table].codes[0xF0] + "".join(text for _, text in newest[:cut]))
                            newest = [(count - 16, text) for count, text in newest[cut:]]
                            zeros -= 16
                        sign = value if values[k] >= 0 else -value
                        size, text = (1, "1" if sign > 0 else "0") if high else number(sign)
                        bits.append(ac[ac_table].codes[zeros << 4 | size] + text + "".join(text for _, text in newest))
                        zeros, newest = 0, []
                if zeros or newest:
                    if self.progressive:
                        run.append([text for _, text in newest])
                        if len(run) == 40:
                            flush()
                    else:
                        bits.append(ac[ac_table].codes[0])
        flush()
        return out + self.pack(bits)

    def pack(self, bits):
        text = "".join(bits)
        text += "1" * (-len(text) % 8)
        return int(text or "0", 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\x00")

    def scans(self):
        members = list(range(len(self.sampling)))
        if not self.progressive:
            groups = [members] if self.rng.random() < 0.5 else [[i] for i in members] if self.rng.random() < 0.7 else [members[:2], members[2:]]
            return [self.scan(group) for group in groups if group]
        low = self.rng.choice([0, 0, 1, 2])
        parts = [(members, 0, 0, 0, low)] if self.rng.random() < 0.7 else [([i], 0, 0, 0, low) for i in members]
        for i in members:
            bands, start = [], 1
            while start < 64:
                end = self.rng.choice([min(63, start + self.rng.randrange(20)), 63])
                bands.append((start, end))
                start = end + 1
            bits = self.rng.choice([0, 0, 1, 2])
            parts += [([i], *band, 0, bits) for band in bands]
            parts += [([i], 1, 63, bit + 1, bit) for bit in reversed(range(bits))]
        parts += [(members, 0, 0, bit + 1, bit) for bit in reversed(range(low))]
        if self.rng.random() < 0.5:
            parts = parts[:self.rng.randint(1, len(parts))]
        return [self.scan(*part) for part in parts]

    def file(self):
        rng, count = self.rng, len(self.sampling)
        wide = rng.random() < 0.1
        out = b"\xff\xd8" + (segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0") if rng.random() < 0.4 else b"")
        out += segment(0xEE, b"Adobe\0d\0\0\0\0" + bytes([rng.randrange(3)])) if rng.random() < 0.4 else b""
        for slot in range(2):
            steps = [rng.randint(1, rng.choice([3, 60, 60000 if wide else 255])) for _ in range(64)]
            out += segment(0xDB, bytes([(16 if wide else 0) | slot]) + struct.pack(">64H" if wide else "64B", *steps))
        out += segment(0xDD, struct.pack(">H", self.interval)) if self.interval else b""
        components = b"".join(bytes([i + 1, h << 4 | v, rng.randrange(2)]) for i, (h, v) in enumerate(self.sampling))
        out += segment(0xC2 if self.progressive else rng.choice([0xC0, 0xC1]), struct.pack(">BHHB", 8, self.height, self.width, count) + components)
        return out + b"".join(self.scans()) + b"\xff\xd9"


def without_huffman(file):
    """A motion JPEG frame: the file without its Huffman codes, which must be the standard ones."""
    while b"\xff\xc4" in file:
        at = file.index(b"\xff\xc4")
        file = file[:at] + file[at + 2 + struct.unpack(">H", file[at + 2:at + 4])[0]:]
    return file


def encoded(rng):
    """A file of PIL's encoder."""
    width, height, mode, detail = rng.randint(1, 70), rng.randint(1, 70), rng.choice(["L", "RGB", "RGB", "RGB", "CMYK"]), rng.choice([1, 3, 7, 12])
    small = (1 + width // detail, 1 + height // detail)
    image = Image.frombytes(mode, small, rng.randbytes(small[0] * small[1] * len(mode))).resize((width, height), Image.BICUBIC)
    stream, progressive, optimized = io.BytesIO(), rng.random() < 0.4, rng.random() < 0.3
    image.save(stream, "JPEG", quality=rng.randint(1, 100), progressive=progressive, optimize=optimized, subsampling=rng.randint(0, 2))
    return without_huffman(stream.getvalue()) if not progressive and not optimized and rng.random() < 0.1 else stream.getvalue()


def damaged(rng, file, kind):
    data, start = bytearray(file), file.index(b"\xff\xda")
    at = rng.randrange(2, len(data))
    if kind in ("cut", "ended"):
        at = len(data) - rng.randrange(12) if rng.random() < 0.2 else at
        return file[:at] + (b"\xff\xd9" if kind == "ended" else b"")
    if kind == "deleted":
        del data[at:at + rng.randint(1, 20)]
    elif kind == "inserted":
        data[at:at] = rng.randbytes(rng.randint(1, 9))
    elif kind == "marker":
        at = rng.randrange(start, len(data))
        data[at:at + rng.choice([0, 2])] = bytes([0xFF, rng.choice([0xD0, 0xD3, 0xD7, 0xD9, 0x01, 0xC4, 0xFE, 0xFF, rng.randrange(256)])])
    elif kind in ("data", "any"):
        for _ in range(rng.choice([1, 1, 2, 5])):
            data[rng.randrange(start if kind == "data" else 2, len(data))] = rng.randrange(256)
    return bytes(data)


def pixels(file):
    """The image that PIL makes of a file; None if it refuses it."""
    try:
        image = Image.open(io.BytesIO(file))
        return image.convert("RGB") if image.format in ("JPEG", "MPO") else None
    except Exception:
        return None


def random_file(rng):
    file, kind = Encoder(rng).file() if rng.random() < 0.5 else encoded(rng), rng.choice(KINDS)
    return file if kind == "intact" else damaged(rng, file, kind)


if __name__ == "__main__":
    rng = random.Random(int(sys.argv[1]))
    for _ in range(int(sys.argv[2])):
        file = random_file(rng)
        image = pixels(file)
        size = image.size if image else (0, 0)
        sys.stdout.buffer.write(struct.pack("<3i", len(file), *size) + file + (image.tobytes() if image else b""))
