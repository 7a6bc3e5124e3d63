using Microsoft.ML.OnnxRuntime;
using NUnit.Framework;
using ResNetManaged.Models;
using ResNetManaged.Onnx;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Parity.Onnx;

/// <summary>
/// Networks that <c>export_torchvision.py</c> wrote to the folder that RESNETMANAGED_EXPORTED_NETWORKS names, in ONNX Runtime and here. Run by hand:
/// the export
/// needs PyTorch.
/// </summary>
[Category("Exported")]
public sealed class ExportedNetworkTests
{
    private const double Tolerance = 1e-4; // of the largest logit: two float32 computations of up to 160 layers in different orders

    private static readonly string? Folder = Environment.GetEnvironmentVariable("RESNETMANAGED_EXPORTED_NETWORKS");

    private static string[] Names => Folder is null ? [] : [.. Directory.GetFiles(Folder, "*.onnx").Select(file =>
        Path.GetFileNameWithoutExtension(file)).Order()];

    [TestCaseSource(nameof(Names))]
    public void LogitsAgreeWithOnnxRuntime(string name)
    {
        string path = Path.Combine(Folder!, name + ".onnx");
        ImageNetwork network = OnnxFile.Read(path);
        using InferenceSession session = new(path);
        foreach (int batch in (int[])[1, 3])
        {
            Tensor images = Tensor.Uniform([batch, 3, 224, 224], new TorchGenerator(5), -2, 2);
            float[] expected = name.EndsWith("fixed", StringComparison.Ordinal)
                ? [.. Enumerable.Range(0, batch).SelectMany(image => Run(session, Image(images, image)))]
                : Run(session, images);
            float[] actual = network.Forward(images).ReadOnlySpan.ToArray();
            Assert.That(actual, Has.Length.EqualTo(expected.Length));
            double error = expected.Zip(actual, (x, y) => Math.Abs((double)x - y)).Max() / expected.Max(Math.Abs);
            TestContext.Out.WriteLine($"{name}, {batch} images: {error:E1} of the largest logit");
            Assert.That(error, Is.LessThanOrEqualTo(Tolerance), $"{batch} images");
        }
    }

    private static Tensor Image(Tensor images, int index) =>
        Tensor.FromSpan(images.ReadOnlySpan.Slice(index * images.Shape.ElementCount / images.Shape[0], images.Shape.ElementCount / images.Shape[0]),
            [1, images.Shape[1], images.Shape[2], images.Shape[3]]);

    private static float[] Run(InferenceSession session, Tensor images)
    {
        using OrtValue value = OrtValue.CreateTensorValueFromMemory(images.ReadOnlySpan.ToArray(), [.. images.Shape.Select(size => (long)size)]);
        using RunOptions options = new();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, [session.InputNames[0]], [value], [session.OutputNames[0]]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
