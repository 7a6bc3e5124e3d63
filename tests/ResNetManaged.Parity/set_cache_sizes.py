"""Tells the oneDNN within LibTorch how large the caches are, where it cannot find out.

Use: set_cache_sizes.py LIBRARY L1D L2 L3     libtorch_cpu.so and bytes for one core
oneDNN asks the processor (CPUID leaf 4, on AMD 0x8000001D). Where a hypervisor leaves that leaf empty, oneDNN 3.7 takes the caches for
next to nothing, and its channels-last convolutions return wrong numbers or divide by zero. This overwrites, in LIBRARY (ELF64, x86-64), the
function that all of them ask, which LibTorch's symbol table still names. The same on Arm: github.com/uxlfoundation/oneDNN/issues/5313.
"""
import mmap
import os
import struct
import sys

FUNCTION = b"_ZN4dnnl4impl3cpu8platform23get_per_core_cache_sizeEi"  # dnnl::impl::cpu::platform::get_per_core_cache_size(int level)
SECTION_TYPE_SYMBOLS = 2  # SHT_SYMTAB
SEGMENT_TYPE_LOAD = 1  # PT_LOAD


def find(image):
    """The function's offset and length in the file; fields of Elf64_Ehdr, Elf64_Shdr, Elf64_Sym and Elf64_Phdr."""
    segments, table = struct.unpack_from("<QQ", image, 0x20)
    segment_count, = struct.unpack_from("<H", image, 0x38)
    size, count = struct.unpack_from("<HH", image, 0x3A)
    sections = [struct.unpack_from("<IIQQQQI", image, table + size * i) for i in range(count)]
    for _, kind, _, _, symbols, length, link in sections:
        if kind != SECTION_TYPE_SYMBOLS:
            continue
        names = sections[link][4]
        at = image.find(b"\0" + FUNCTION + b"\0", names, names + sections[link][5])
        for symbol in range(symbols, symbols + length, 24) if at >= 0 else ():
            name, _, _, _, address, function_length = struct.unpack_from("<IBBHQQ", image, symbol)
            if name != at + 1 - names:
                continue
            for i in range(segment_count):
                kind, _, offset, start, _, in_file = struct.unpack_from("<IIQQQQ", image, segments + 56 * i)
                if kind == SEGMENT_TYPE_LOAD and start <= address < start + in_file:
                    return address - start + offset, function_length
    sys.exit(f"{sys.argv[1]}: has no function {FUNCTION.decode()}")


def machine_code(sizes):
    """Returns sizes[level - 1] for the level in edi, 0 for any other."""
    code = b"\xf3\x0f\x1e\xfa"  # endbr64
    for level, size in enumerate(sizes, 1):
        answer = b"\xb8" + struct.pack("<I", min(size, 0x7FFFFFFF)) + b"\xc3"  # mov eax, size; ret
        code += bytes([0x83, 0xFF, level, 0x75, len(answer)]) + answer  # cmp edi, level; jne behind the answer
    return code + b"\x31\xc0\xc3"  # xor eax, eax; ret


def main():
    path, *sizes = sys.argv[1:]
    sizes = [int(size) for size in sizes]
    if os.stat(path).st_nlink > 1:
        sys.exit(f"{path}: is a link to the package's own file; it would be changed too")
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), 0) as image:
        if image[:6] != b"\x7fELF\x02\x01":
            sys.exit(f"{path}: not an ELF64 little-endian file")
        offset, length = find(image)
        code = machine_code(sizes)
        if len(code) > length:
            sys.exit(f"{path}: {len(code)} bytes do not fit a function of {length}")
        image[offset:offset + len(code)] = code
    print(f"{os.path.basename(path)}: told oneDNN of caches of {', '.join(f'{size >> 10} KiB' for size in sizes)} a core")


if __name__ == "__main__":
    main()
