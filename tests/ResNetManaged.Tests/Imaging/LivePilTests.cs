using System.ComponentModel;
using System.Diagnostics;
using NUnit.Framework;
using ResNetManaged.Imaging;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Tests.Imaging;

/// <summary>Compares with PIL itself on random images, if a Python with PIL is installed.</summary>
public sealed class LivePilTests
{
    private const int Seed = 385;

    [Test]
    public void ResizesAndDecodesLikeTheInstalledPil()
    {
        using MemoryStream records = new(RunPython(Path.Combine("Imaging", "live_pil.py"), $"{Seed}") ?? [], writable: false);
        if (records.Length == 0) Assert.Ignore("No Python with PIL (Pillow) is installed: /usr/bin/python3 and python3 were tried.");
        using BinaryReader reader = new(records);
        int resized = 0, decoded = 0;
        while (records.Position < records.Length)
        {
            char kind = (char)reader.ReadByte();
            if (kind == 'R')
            {
                int[] sizes = [reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32()];
                Interpolation interpolation = (Interpolation)reader.ReadInt32();
                RgbImage source = ReadImage(reader, sizes[0], sizes[1]), expected = ReadImage(reader, sizes[2], sizes[3]);
                ImageGoldens.AssertSame(PilResize.Resize(source, sizes[2], sizes[3], interpolation), expected);
                resized++;
            }
            else
            {
                int width = reader.ReadInt32(), height = reader.ReadInt32();
                byte[] file = reader.ReadBytes(reader.ReadInt32());
                ImageGoldens.AssertSame(ImageFile.Load(file), ReadImage(reader, width, height));
                decoded++;
            }
        }
        Assert.That((resized, decoded), Is.EqualTo((6000, 150)), "the number of images that live_pil.py writes");
    }

    private static RgbImage ReadImage(BinaryReader reader, int width, int height) =>
        RgbImage.FromPixels(reader.ReadBytes(width * height * 3), width, height, PixelFormat.Rgb24);

    /// <summary>The output of a script beside the tests; null if no Python has PIL.</summary>
    internal static byte[]? RunPython(string script, params string[] arguments)
    {
        foreach (string python in (string[])["/usr/bin/python3", "python3"])
        {
            if (Run(python, "-c", "import PIL.Image") is not { Code: 0 }) continue;
            (int code, byte[] output) = Run(python, [Path.Combine(AppContext.BaseDirectory, script), .. arguments])!.Value;
            Assert.That(code, Is.Zero, $"{script} failed");
            return output;
        }
        return null;
    }

    private static (int Code, byte[] Output)? Run(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using Process process = Process.Start(start)!;
            process.ErrorDataReceived += (_, line) => { if (line.Data is string text) TestContext.Progress.WriteLine(text); };
            process.BeginErrorReadLine();
            using MemoryStream output = new();
            process.StandardOutput.BaseStream.CopyTo(output);
            process.WaitForExit();
            return (process.ExitCode, output.ToArray());
        }
        catch (Win32Exception)
        {
            return null; // no such program
        }
    }
}
