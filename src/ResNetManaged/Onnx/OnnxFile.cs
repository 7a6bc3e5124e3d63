using ResNetManaged.Models;
using ResNetManaged.Onnx.Loading;
using ResNetManaged.Onnx.Model;
using ResNetManaged.Onnx.Writing;
using ResNetManaged.Serialization;
using ResNetManaged.Serialization.Dialects;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Onnx;

/// <summary>Reads networks from ONNX files and writes them.</summary>
/// <remarks>
/// Files of IR version 3 to 13 with operators of opset 7 to 25; docs/onnx.md lists them. Written files are of IR version 8 and opset 17, with any
/// number of images in a batch.
/// </remarks>
public static class OnnxFile
{
    /// <summary>Reads a network of images from a file. Weights are read from it when they are used.</summary>
    /// <remarks>
    /// Data of tensors may be in other files of the same folder. A Softmax at the end is left out, so that outputs are logits. Class names and
    /// preprocessing come from the file's metadata or from <c>config.json</c> and <c>preprocessor_config.json</c> beside it or in the folder above,
    /// if there are any.
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <returns>The network, in evaluation mode.</returns>
    /// <exception cref="CheckpointException">The file is damaged, or has an operator that is not supported; the message names the node.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static ImageNetwork Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "";
        OnnxNetwork network = Create(FileSource.Open(path), folder);
        OnnxMetadata.Find(network, folder);
        return network;
    }

    /// <summary>Reads a network of images from a stream.</summary>
    /// <param name="stream">The stream, read from its position to its end; it stays open.</param>
    /// <returns>The network, in evaluation mode.</returns>
    /// <exception cref="CheckpointException">The data is damaged, or has an operator that is not supported; the message names the node.</exception>
    public static ImageNetwork Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        OnnxNetwork network = Create(BufferedSource.ReadAll(stream, "stream", OnnxModelReader.Matches), folder: null);
        OnnxMetadata.Find(network, folder: null);
        return network;
    }

    /// <summary>Writes a network, with its class names and its preprocessing, if any, as metadata.</summary>
    /// <param name="path">The file; an existing one is replaced only once the new one is on disk.</param>
    /// <param name="model">The network, in evaluation mode.</param>
    /// <param name="foldBatchNorm">Whether batch norms become part of the convolutions before them; then the file can no longer be trained on
    /// well.</param>
    /// <exception cref="ArgumentException">The network is in training mode.</exception>
    /// <exception cref="NotSupportedException">ONNX has no counterpart of an operation.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, ImageNetwork model, bool foldBatchNorm = false)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(model);
        if (model.Training) throw new ArgumentException("OnnxFile.Write: the model is in training mode; call Eval() first.", nameof(model));
        (int height, int width) = (model.Preset ?? model.UsualPreset).Crop;
        Protobuf.ProtoWriter writer = OnnxExporter.Compose(model, [1, model.InChannels, height, width], foldBatchNorm, OnnxMetadata.Of(model));
        AtomicFile.Write(path, writer.WriteTo);
    }

    /// <summary>Whether data starts as an ONNX model does.</summary>
    internal static bool Matches(ReadOnlySpan<byte> start) => OnnxModelReader.Matches(start);

    internal static OnnxNetwork Create(ByteSource source, string? folder, IReadOnlyDictionary<string, Constants.Constant>? given = null)
    {
        EarlyCompilation.Start();
        if (ForeignContent.Find(source, OnnxErrors.Kind) is { } foreign) throw foreign;
        try
        {
            return new OnnxNetwork(OnnxProgramLoader.Load(source, folder, given));
        }
        catch (Exception exception) when (OnnxErrors.IsOfInputs(exception))
        {
            throw OnnxErrors.Damaged(source.Name, null, "has a graph that is not a network of images",
                "expected one input, [N, C, H, W], and nodes that fit", exception);
        }
    }
}
