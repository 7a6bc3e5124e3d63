using System.Reflection.PortableExecutable;

namespace ResNetManaged.Packages;

/// <summary>Distinguishes native files from managed assemblies by their content.</summary>
internal static class NativeFiles
{
    private static readonly string[] LibraryExtensions = [".so", ".dylib", ".a", ".lib", ".node"];

    /// <summary>The files of a folder, at any depth, that are native.</summary>
    public static IReadOnlyList<string> In(string folder) =>
        [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(file => { using FileStream stream = File.OpenRead(file); return IsNative(file, stream); })];

    /// <summary>Whether a file is an ELF, Mach-O or PE image that holds more than IL, or is named like a native library.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="content">Its content, seekable.</param>
    public static bool IsNative(string name, Stream content)
    {
        if (LibraryExtensions.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase) || name.Contains(".so.", StringComparison.Ordinal)) return true;
        Span<byte> start = stackalloc byte[4];
        if (content.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length) return false;
        if (start.SequenceEqual("\u007FELF"u8)) return true;
        uint magic = BitConverter.ToUInt32(start);
        if (magic is 0xFEEDFACE or 0xFEEDFACF or 0xCEFAEDFE or 0xCFFAEDFE or 0xBEBAFECA) return true; // Mach-O: 32 and 64 bits, both orders, universal
        if (!start.StartsWith("MZ"u8)) return false;
        content.Position = 0;
        using PEReader reader = new(content, PEStreamOptions.LeaveOpen);
        return !reader.HasMetadata || reader.PEHeaders.CorHeader is not { } header || !header.Flags.HasFlag(CorFlags.ILOnly);
    }
}
