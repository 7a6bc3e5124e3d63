using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ResNetManaged.Pretrained.Storage;

/// <summary>Hashes of files.</summary>
internal static class FileHash
{
    private const int ShortLength = 16, BufferLength = 1 << 17;

    /// <summary>The SHA-256 of a file, in lowercase hexadecimal digits.</summary>
    public static async Task<string> Sha256Async(string path, CancellationToken cancellation)
    {
        FileStream file = Open(path);
        await using (file.ConfigureAwait(false))
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation).ConfigureAwait(false));
    }

    /// <summary>Git's name of a file's content, in lowercase hexadecimal digits: Hugging Face's validator of small files.</summary>
    public static async Task<string> GitBlobAsync(string path, CancellationToken cancellation)
    {
        FileStream file = Open(path);
        await using (file.ConfigureAwait(false))
        {
#pragma warning disable CA5350 // Git names content by its SHA-1; it protects against damage, not against an attacker.
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
            hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {file.Length}\0")));
            byte[] buffer = new byte[BufferLength];
            for (int count; (count = await file.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0;) hash.AppendData(buffer, 0, count);
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    /// <summary>Names a text by the beginning of its SHA-256.</summary>
    public static string Short(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..ShortLength];

    /// <summary>Whether a text is a number of hexadecimal digits.</summary>
    public static bool IsHex(string? text, int length) => text?.Length == length && text.All(char.IsAsciiHexDigit);

    private static FileStream Open(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1, useAsync: true);
}
