using System.Globalization;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Plans.Quantization;

namespace ResNetManaged.Quantization;

/// <summary>A network that was quantized to int8, and what quantization did to its layers.</summary>
public sealed class QuantizedNetwork
{
    private readonly NetworkQuantization _quantization;
    private readonly Dictionary<string, string> _calibration;

    internal QuantizedNetwork(ImageNetwork network, NetworkQuantization quantization, IReadOnlyList<QuantizedLayer> layers, QuantizerOptions options,
        IReadOnlyList<string> keptFloat, int pictures)
    {
        Network = network;
        Layers = layers;
        KeptFloat = keptFloat;
        _quantization = quantization;
        _calibration = new Dictionary<string, string>
        {
            ["method"] = options.Calibration.ToString(),
            ["pictures"] = pictures.ToString(CultureInfo.InvariantCulture),
            ["bits"] = options.Bits.ToString(),
            ["bias_correction"] = options.CorrectBias ? "yes" : "no",
            ["kept_float"] = string.Join(',', keptFloat),
        };
    }

    /// <summary>The network. Its parameters are floats, those that the integers stand for; once one of them changes, it computes with floats again.</summary>
    public ImageNetwork Network { get; }

    /// <summary>The layers that compute on bytes, in order.</summary>
    public IReadOnlyList<QuantizedLayer> Layers { get; }

    /// <summary>The paths of the layers that were kept in float.</summary>
    public IReadOnlyList<string> KeptFloat { get; }

    /// <summary>
    /// Saves the network as safetensors with weights of 8 bits, about a quarter of the size. <see cref="ImageClassifier"/> and everything else that loads
    /// checkpoints reads the file and computes on bytes.
    /// </summary>
    /// <param name="path">The file; an existing one is replaced only once the new one is on disk.</param>
    /// <exception cref="InvalidOperationException">A parameter has changed since the network was quantized.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (Network.Quantization != _quantization)
            throw new InvalidOperationException("QuantizedNetwork: a parameter has changed since the network was quantized; quantize it again.");
        NetworkFile.SaveQuantized(path, Network, _quantization, _calibration);
    }
}
