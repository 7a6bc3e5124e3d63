using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;

namespace ResNetManaged.ImageNet18.Converter;

/// <summary>Turns ML.NET's featurizer, two ONNX files, into a ResNet without a head that takes images as torchvision's do.</summary>
/// <remarks>
/// The featurizer turns pixels of 0 to 255 around to blue, green and red and subtracts a mean image. The network takes red, green and blue, of which
/// its preset subtracts the mean image's mean for each channel and divides by ImageNet's deviations; the first convolution makes up for the order and for
/// the division. MODEL-CARD.md says what the mean image's variation within a channel amounts to.
/// </remarks>
internal static class FeaturizerConversion
{
    private const float White = 255;
    private const int Channels = 3, Side = 224;

    /// <summary>The blocks of each stage: one more in the last than ResNet-18 has.</summary>
    private static readonly int[] Blocks = [2, 2, 2, 3];

    /// <summary>Converts.</summary>
    /// <param name="preprocessing">The network of ResNetPreprocess.onnx, from pixels to the other's input.</param>
    /// <param name="featurizer">The network of ResNet18.onnx.</param>
    /// <returns>The network, with its preset.</returns>
    public static ResNet Run(ImageNetwork preprocessing, ImageNetwork featurizer)
    {
        ImagePreset preset = ImagePreset.ImageNet with { Resize = Side, Mean = MeanOf(preprocessing) };
        StateDict state = Renamed(featurizer.StateDict());
        ResNet network = new ResNet(ResNetVariants.Get("resnet18") with { Depths = [.. Blocks], NumClasses = 0 }).Eval();
        TakeImagesOf(preset, state);
        network.LoadStateDict(state);
        network.Preset = preset;
        return network;
    }

    /// <summary>The mean of each plane of the mean image, which is what black becomes, negated; from 0 to 1.</summary>
    private static RgbValues MeanOf(ImageNetwork preprocessing)
    {
        ReadOnlySpan<float> black = preprocessing.Forward(Tensor.Zeros([1, Channels, Side, Side])).ReadOnlySpan;
        Span<float> means = stackalloc float[Channels];
        for (int plane = 0; plane < means.Length; plane++)
        {
            double sum = 0;
            foreach (float value in black.Slice(plane * Side * Side, Side * Side)) sum -= value;
            means[plane] = (float)(sum / (Side * Side) / White);
        }
        return new RgbValues(means[2], means[1], means[0]);
    }

    /// <summary>The tensors under torchvision's names. The file's are numbered; they come in the order of its nodes, a projection after its block's convolutions.</summary>
    private static StateDict Renamed(StateDict source)
    {
        Queue<Tensor> convolutions = new(source.Values.Where(tensor => tensor.Shape.Rank == 4));
        Queue<Tensor> learned = new(Vectors("Parameter")), statistics = new(Vectors("Constant"));
        StateDict state = new();
        Take("conv1", "bn1");
        for (int stage = 1; stage <= Blocks.Length; stage++)
        {
            for (int block = 0; block < Blocks[stage - 1]; block++)
            {
                string path = $"layer{stage}.{block}";
                Take(path + ".conv1", path + ".bn1");
                Take(path + ".conv2", path + ".bn2");
                if (stage > 1 && block == 0) Take(path + ".downsample.0", path + ".downsample.1");
            }
        }
        return convolutions.Count + learned.Count + statistics.Count == 0 ? state
            : throw new InvalidDataException("ResNet18.onnx has more tensors than expected.");

        IEnumerable<Tensor> Vectors(string prefix) =>
            source.Where(entry => entry.Value.Shape.Rank == 1 && entry.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(entry => entry.Value);

        void Take(string convolution, string norm)
        {
            state.Add(convolution + ".weight", convolutions.Dequeue());
            state.Add(norm + ".weight", learned.Dequeue());
            state.Add(norm + ".bias", learned.Dequeue());
            state.Add(norm + ".running_mean", statistics.Dequeue());
            state.Add(norm + ".running_var", statistics.Dequeue());
            state.Add(norm + ".num_batches_tracked", Tensor.Zeros([]));
        }
    }

    /// <summary>
    /// Turns the first convolution around to red, green and blue, and multiplies it by what the preset divides by. Each filter is then divided by about its
    /// output's deviation, for which the norm makes up, because variances of pixels up to 255 exceed half precision.
    /// </summary>
    private static void TakeImagesOf(ImagePreset preset, StateDict state)
    {
        const float Eps = 1e-5f;
        float[] factors = [preset.Std.Red * White, preset.Std.Green * White, preset.Std.Blue * White];
        Tensor weight = state["conv1.weight"];
        ReadOnlySpan<float> original = [.. weight.ReadOnlySpan];
        Span<float> turned = weight.Span, means = state["bn1.running_mean"].Span, variances = state["bn1.running_var"].Span;
        int window = weight.Shape[2] * weight.Shape[3], filter = Channels * window;
        for (int output = 0; output < means.Length; output++)
        {
            float deviation = MathF.Pow(2, MathF.Round(MathF.Log2(variances[output] + Eps) / 2));
            means[output] /= deviation;
            variances[output] = (variances[output] + Eps) / (deviation * deviation) - Eps;
            for (int i = 0; i < filter; i++)
            {
                int channel = i / window, opposite = (Channels - 1 - channel) * window + i % window;
                turned[output * filter + i] = original[output * filter + opposite] * factors[channel] / deviation;
            }
        }
    }
}
