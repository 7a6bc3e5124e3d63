using Microsoft.ML.OnnxRuntime;
using NUnit.Framework;
using ResNetManaged.Datasets;
using ResNetManaged.FineTuning;
using ResNetManaged.Models;
using ResNetManaged.Onnx;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Parity.Onnx;

/// <summary>A network that was read from ONNX, fine-tuned and written as ONNX means the same to ONNX Runtime.</summary>
public sealed class FineTunedNetworkTests
{
    private const double Tolerance = 1e-5; // of the largest logit: two float32 computations of 20 layers in different orders

    private const int Count = 12;

    [Test]
    public void AFineTunedNetworkGivesTheSameClassesInOnnxRuntime([Values] TrainedPart part, [Values] bool foldsBatchNorm)
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            string path = Path.Combine(folder, "net.onnx"), tuned = Path.Combine(folder, "tuned.onnx");
            OnnxFile.Write(path, ResNet.Create("cifar_resnet20", generator: new TorchGenerator(1)).Eval());
            FineTuner tuner = new(OnnxFile.Read(path), new StripedImages(), new FineTuningOptions { Part = part, Epochs = 2, ValidationShare = 0 });
            tuner.Run();
            OnnxFile.Write(tuned, tuner.Model, foldsBatchNorm);

            Tensor images = Tensor.Uniform([Count, 3, 32, 32], new TorchGenerator(2), -2, 2);
            float[] expected = Run(tuned, images), actual = tuner.Model.Forward(images).ReadOnlySpan.ToArray();
            Assert.That(expected, Has.Length.EqualTo(Count * StripedImages.Names.Length));
            double largest = expected.Max(Math.Abs);
            Assert.That(expected.Zip(actual, (x, y) => Math.Abs((double)x - y)).Max(), Is.LessThanOrEqualTo(Tolerance * largest));
            Assert.That(ClassesOf(actual), Is.EqualTo(ClassesOf(expected)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int[] ClassesOf(float[] logits) =>
        [.. logits.Chunk(StripedImages.Names.Length).Select(row => Array.IndexOf(row, row.Max()))];

    private static float[] Run(string path, Tensor images)
    {
        using InferenceSession session = new(path);
        using OrtValue value = OrtValue.CreateTensorValueFromMemory(images.ReadOnlySpan.ToArray(), [.. images.Shape.Select(size => (long)size)]);
        using RunOptions options = new();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, [session.InputNames[0]], [value], [session.OutputNames[0]]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    /// <summary>Stripes across, stripes down, and no stripes, in noise.</summary>
    private sealed class StripedImages : ImageDataset
    {
        public static readonly string[] Names = ["across", "down", "none"];

        public override string Name => "stripes";

        public override int Count => 30;

        public override IReadOnlyList<string> ClassNames => Names;

        public override int LabelOf(int index) => index % Names.Length;

        public override RgbImage Load(int index)
        {
            RgbImage image = new(32, 32);
            new Random(index).NextBytes(image.Pixels);
            for (int i = 0; i < image.Pixels.Length && LabelOf(index) < 2; i++)
            {
                int pixel = i / RgbImage.Channels, position = LabelOf(index) == 0 ? pixel / 32 : pixel % 32;
                if (position % 4 < 2) image.Pixels[i] = 255;
            }
            return image;
        }
    }
}
