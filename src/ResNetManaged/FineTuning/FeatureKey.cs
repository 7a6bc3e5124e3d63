using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using ResNetManaged.Datasets;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;

namespace ResNetManaged.FineTuning;

/// <summary>A hash of everything that determines the bits of features: the body's weights, the preprocessing, the images, and the execution options.</summary>
internal static class FeatureKey
{
    private const string Version = "features 1"; // increment when a change of the code changes features

    /// <summary>The SHA-256 in hexadecimal. For each image it covers the name within the dataset and <see cref="ImageDataset.VersionOf"/>.</summary>
    public static string Compute(ImageNetwork model, ImageDataset images, ImagePreset preset, ExecutionOptions options)
    {
        using IncrementalHash hash = Start(model, preset, options);
        for (int i = 0; i < images.Count; i++)
        {
            string name = images.NameOf(i);
            Add(hash, name.StartsWith(images.Name, StringComparison.Ordinal) ? name[images.Name.Length..] : name); // a folder may move
            Add(hash, images.VersionOf(i));
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>The same without images: two networks with equal keys compute the same features of an image.</summary>
    public static string OfNetwork(ImageNetwork model, ImagePreset preset, ExecutionOptions options)
    {
        using IncrementalHash hash = Start(model, preset, options);
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static IncrementalHash Start(ImageNetwork model, ImagePreset preset, ExecutionOptions options)
    {
        IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, Version);
        Add(hash, FormattableString.Invariant($"{SimdDispatch.Resolve(options.Simd)} {options.Precision} {options.Convolution}"));
        Add(hash, FormattableString.Invariant($"{preset.Resize} {preset.Crop.Height} {preset.Crop.Width}"));
        if ((preset.Interpolation, preset.CropMode) != (Interpolation.Bilinear, CropMode.Center)) Add(hash, $"{preset.Interpolation} {preset.CropMode}");
        foreach (RgbValues values in (RgbValues[])[preset.Mean, preset.Std])
            Add(hash, FormattableString.Invariant($"{values.Red} {values.Green} {values.Blue}"));
        Add(hash, model.BodyKey);
        float[] scratch = [];
        foreach ((string path, StateTensor tensor) in model.NamedState())
        {
            if (model.DepthOf(path) > model.StageCount) continue;
            Add(hash, $"{path} {tensor.Shape}");
            hash.AppendData(MemoryMarshal.AsBytes(tensor.Borrow(ref scratch).ReadOnlySpan));
        }
        return hash;
    }

    private static void Add(IncrementalHash hash, string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
}
