"""Marks a symbol version that a shared library requires as weak, so that the loader accepts a system library without it.

Use: relax_symbol_version.py LIBRARY VERSION     such as libLibTorchSharp.so GLIBCXX_3.4.32
Rewrites LIBRARY (ELF64, little-endian) in place, through a new file, and says what it changed.
"""
import os
import struct
import sys

SECTION_TYPE_VERSION_NEEDS = 0x6FFFFFFE  # SHT_GNU_verneed
FLAG_WEAK = 2  # VER_FLG_WEAK


def sections(image):
    """Yields (type, offset, link) of every section; fields of Elf64_Ehdr and Elf64_Shdr."""
    table, = struct.unpack_from("<Q", image, 0x28)
    size, count = struct.unpack_from("<HH", image, 0x3A)
    for at in range(table, table + size * count, size):
        _, kind, _, _, offset, _, link, _, _, _ = struct.unpack_from("<IIQQQQIIQQ", image, at)
        yield kind, offset, link


def required_versions(image):
    """Yields (offset of its Elf64_Vernaux, name) of every version that the library requires."""
    all_sections = list(sections(image))
    for kind, need, link in all_sections:
        if kind != SECTION_TYPE_VERSION_NEEDS:
            continue
        names = all_sections[link][1]
        more = True
        while more:
            _, count, _, first, more = struct.unpack_from("<HHIII", image, need)  # Elf64_Verneed
            entry = need + first
            for _ in range(count):
                name, following = struct.unpack_from("<II", image, entry + 8)
                start = names + name
                yield entry, image[start:image.index(0, start)].decode()
                entry += following
            need += more


def main():
    path, wanted = sys.argv[1:]
    with open(path, "rb") as file:
        image = bytearray(file.read())
    if image[:6] != b"\x7fELF\x02\x01":
        sys.exit(f"{path}: not an ELF64 little-endian file")
    entries = [entry for entry, name in required_versions(image) if name == wanted]
    for entry in entries:
        flags, = struct.unpack_from("<H", image, entry + 4)
        struct.pack_into("<H", image, entry + 4, flags | FLAG_WEAK)
    with open(path + ".new", "wb") as file:
        file.write(image)
    os.chmod(path + ".new", os.stat(path).st_mode)
    os.replace(path + ".new", path)
    print(f"{os.path.basename(path)}: {wanted} required weakly, {len(entries)} times")


if __name__ == "__main__":
    main()
