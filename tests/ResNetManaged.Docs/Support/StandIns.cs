using System.Formats.Tar;
using System.IO.Compression;
using ResNetManaged.Cifar10;
using ResNetManaged.Imaging;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Docs.Support;

/// <summary>The files that the pages mention: the sample pictures, the shipped network, and tiny networks named like large ones.</summary>
/// <remarks>The library infers a network from the content of its file, so a tiny one can stand in for <c>resnet50.pth</c>.</remarks>
internal static class StandIns
{
    private const string Samples = "samples/pictures";
    private const int PicturesPerClass = 10;
    private const int Side = 32;

    private static readonly string[] PictureClasses = ["airplane", "frog", "truck"];

    private static readonly Lazy<TemporaryFolder> Made = new(Make);
    private static readonly Lazy<TemporaryFolder> Fetched = new(MakeFetched);

    /// <summary>A cache with the networks that the pages fetch, so that no test uses the network.</summary>
    public static string FetchedNetworks => Fetched.Value.Path;

    public static void CopyTo(string folder)
    {
        string source = Made.Value.Path;
        foreach (string directory in Directory.GetDirectories(source, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(folder, Path.GetRelativePath(source, directory)));
        foreach (string file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(folder, Path.GetRelativePath(source, file)));
    }

    public static void Remove()
    {
        if (Made.IsValueCreated) Made.Value.Dispose();
        if (Fetched.IsValueCreated) Fetched.Value.Dispose();
    }

    private static TemporaryFolder Make()
    {
        TemporaryFolder folder = new();
        foreach (string sample in Directory.GetFiles(Path.Combine(Repository.Root, Samples), "*.jpg"))
            File.Copy(sample, folder[$"photos/{Path.GetFileName(sample)}"]);
        foreach (string photo in (string[])["photo.jpg", "cat.jpg"]) File.Copy(folder["photos/ship.jpg"], folder[photo]);
        using (ZipArchive archive = ZipFile.Open(folder["photos.zip"], ZipArchiveMode.Create))
        {
            foreach (string photo in ImageFolder.FindFiles(folder["photos"])) archive.CreateEntryFromFile(photo, Path.GetFileName(photo));
        }

        WritePictures(folder, "pictures", PictureClasses, PicturesPerClass);
        WritePictures(folder, "others", PictureClasses, PicturesPerClass);
        WritePictures(folder, "cifar10", Cifar10Network.ClassNames, PicturesPerClass * 2);
        WriteArchive(folder["cifar10"], folder["cifar10-train.tar.gz"]);

        ResNet resnet18 = Tiny("resnet18");
        ResNetCheckpoint.Save(folder["resnet18.pth"], resnet18);
        Tensor x = Tensor.Uniform([2, 3, 224, 224], new TorchGenerator(2));
        Npy.Write(folder["x.npy"], x);
        Npy.Write(folder["expected.npy"], resnet18.Eval().ForwardReference(x));
        ResNetCheckpoint.Save(folder["resnet50.pth"], Tiny("resnet50"));
        File.WriteAllLines(folder["imagenet.txt"], Enumerable.Range(0, 1000).Select(i => $"class {i}"));
        ResNetCheckpoint.Save(folder["net.safetensors"], Cifar10Network.Load());
        ResNet mine = new(ResNetVariants.Get("resnet18") with { Depths = [1, 1], Widths = [16, 16], NumClasses = 3 }, new TorchGenerator(1));
        mine.ClassNames = PictureClasses;
        ResNetCheckpoint.Save(folder["mine.safetensors"], mine);
        return folder;
    }

    private static TemporaryFolder MakeFetched()
    {
        const string Repository = "huggingface/timm--resnet50.a1_in1k", Commit = "0123456789abcdef0123456789abcdef01234567";
        TemporaryFolder cache = new();
        ResNetCheckpoint.Save(cache[$"{Repository}/{Commit}/model.safetensors"], Tiny("resnet50"));
        File.WriteAllText(cache[$"{Repository}/refs/main"], $"{Commit}\napache-2.0\n");
        return cache;
    }

    private static ResNet Tiny(string variant) =>
        new(ResNetVariants.Get(variant) with { Depths = [1, 1, 1, 1], Widths = [16, 16, 16, 16] }, new TorchGenerator(1));

    /// <summary>Noise, slightly brighter in a channel and half that depend on the class.</summary>
    private static void WritePictures(TemporaryFolder folder, string name, IReadOnlyList<string> classes, int perClass)
    {
        for (int label = 0; label < classes.Count; label++)
        {
            for (int i = 0; i < perClass; i++)
            {
                RgbImage image = new(Side, Side);
                new Random(label * perClass + i).NextBytes(image.Pixels);
                for (int p = 0; p < image.Pixels.Length; p++)
                {
                    bool lower = p >= image.Pixels.Length / 2;
                    if (p % 3 != label % 3 || lower != label % 2 > 0) image.Pixels[p] /= 3;
                }
                File.WriteAllBytes(folder[$"{name}/{classes[label]}/{i + 1:D4}.png"], ImageFile.EncodePng(image));
            }
        }
    }

    private static void WriteArchive(string folder, string archive)
    {
        using FileStream file = File.Create(archive);
        using GZipStream gzip = new(file, CompressionLevel.Fastest);
        TarFile.CreateFromDirectory(folder, gzip, includeBaseDirectory: true);
    }
}
