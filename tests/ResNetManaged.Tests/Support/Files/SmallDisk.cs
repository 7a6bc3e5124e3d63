using System.Diagnostics;
using System.Globalization;
using NUnit.Framework;

namespace ResNetManaged.Tests.Support.Files;

/// <summary>A small in-memory file system. Only root can mount one; for other users the test is ignored.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _filler;

    public SmallDisk(string path, int kibibytes)
    {
        Directory.CreateDirectory(path);
        Path = path;
        _filler = System.IO.Path.Combine(path, "filler");
        if (Run("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={kibibytes}k"), "tmpfs", path) != 0)
            Assert.Ignore("A small file system cannot be mounted here; that needs root.");
    }

    public string Path { get; }

    /// <summary>Fills the disk.</summary>
    public void Fill()
    {
        using FileStream file = new(_filler, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true) file.Write(new byte[256]);
        }
        catch (IOException)
        {
            // the disk is full
        }
    }

    public void MakeRoom() => File.Delete(_filler);

    public void Dispose() => Run("umount", Path);

    private static int Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("sh", ["-c", "exec \"$@\"", "sh", program, .. arguments]) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
