using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Onnx;
using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Model;
using ResNetManaged.Onnx.Writing;
using ResNetManaged.Plans.Quantization;
using ResNetManaged.Serialization;
using ResNetManaged.Serialization.Quantized;
using ResNetManaged.Tensors;

namespace ResNetManaged.Inference;

/// <summary>Loads and saves networks of any kind: what classifiers, embedders and commands read.</summary>
/// <remarks>A network from ONNX is saved as safetensors too, with its graph as metadata.</remarks>
internal static class NetworkFile
{
    /// <summary>The metadata entry that holds the graph of a network that is not a ResNet, an ONNX model without its weights, in base64.</summary>
    private const string GraphMetadata = "onnx_graph";

    private const int StartLength = 16;

    /// <summary>Loads a network: an ONNX file, or anything that <see cref="ResNetCheckpoint.Load(string, string?, int?)"/> reads.</summary>
    public static ImageNetwork Load(string path, CheckpointOptions? options = null)
    {
        options ??= new CheckpointOptions();
        if (Tensors.IO.FileKind.HasLength(path)) // a pipe can be read only once
        {
            if (IsOnnx(path)) return Unchanged(path, options, OnnxFile.Read(path));
            if (Safetensors.ReadMetadata(path) is { } metadata && metadata.TryGetValue(GraphMetadata, out string? graph))
                return Unchanged(path, options, FromGraph(path, graph));
        }
        return ResNetCheckpoint.Load(path, options);
    }

    /// <summary>Loads a network from a stream, which is read from its position to its end.</summary>
    public static ImageNetwork Load(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanSeek) return ResNetCheckpoint.Load(stream);
        byte[] start = new byte[StartLength];
        long position = stream.Position;
        int length = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        stream.Position = position;
        return OnnxFile.Matches(start.AsSpan(0, length)) ? OnnxFile.Read(stream) : ResNetCheckpoint.Load(stream);
    }

    /// <summary>Saves a network with its class names and its preprocessing: as ONNX under a name that ends so, otherwise as safetensors.</summary>
    public static void Save(string path, ImageNetwork model, bool half = false)
    {
        if (IsNamedOnnx(path))
        {
            if (half) throw new CheckpointException(path, null, "would hold half precision",
                "expected safetensors for that; ONNX is written in float32");
            OnnxFile.Write(path, model);
            return;
        }
        if (model is ResNet network)
        {
            ResNetCheckpoint.Save(path, network, half);
            return;
        }
        Safetensors.Write(path, model.StateDict(), MetadataOf(model), half);
    }

    /// <summary>Saves a quantized network as safetensors: integers, scales and ranges, with its class names and its preprocessing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">The network.</param>
    /// <param name="quantization">How it is quantized.</param>
    /// <param name="calibration">How the ranges and scales were found, for people.</param>
    public static void SaveQuantized(string path, ImageNetwork model, NetworkQuantization quantization, IReadOnlyDictionary<string, string> calibration) =>
        QuantizationMetadata.Save(path, model, quantization, model is ResNet network ? ResNetCheckpoint.MetadataOf(network) : MetadataOf(model), calibration);

    private static Dictionary<string, string> MetadataOf(ImageNetwork model)
    {
        Dictionary<string, string> metadata = OnnxMetadata.Of(model);
        AddGraph(metadata, model);
        return metadata;
    }

    /// <summary>Adds the graph of a network that is not a ResNet, without which its weights cannot be loaded.</summary>
    public static void AddGraph(Dictionary<string, string> metadata, ImageNetwork model)
    {
        if (model is not ResNet) metadata[GraphMetadata] = Convert.ToBase64String(GraphOf(model));
    }

    /// <summary>Whether a file's name says that it is ONNX.</summary>
    public static bool IsNamedOnnx(string path) => string.Equals(Path.GetExtension(path), ".onnx", StringComparison.OrdinalIgnoreCase);

    private static bool IsOnnx(string path)
    {
        if (IsNamedOnnx(path)) return true;
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        if (!file.CanSeek) return false;
        byte[] start = new byte[StartLength];
        return OnnxFile.Matches(start.AsSpan(0, file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)));
    }

    private static ImageNetwork Unchanged(string path, CheckpointOptions options, ImageNetwork network)
    {
        if (options.Variant is not null || options.Names is not null || options.Average)
            throw new CheckpointException(path, null, "holds its own graph", "expected no variant, no name rules and no moving average for it");
        if (options.NumClasses is { } classes && classes != network.NumClasses)
            throw new CheckpointException(path, null, $"has {network.NumClasses} classes", $"expected {classes}");
        return network;
    }

    private static byte[] GraphOf(ImageNetwork model)
    {
        using MemoryStream graph = new();
        (int height, int width) = (model.Preset ?? model.UsualPreset).Crop;
        OnnxExporter.ComposeWithoutState(model, [1, model.InChannels, height, width]).WriteTo(graph);
        return graph.ToArray();
    }

    private static OnnxNetwork FromGraph(string path, string graph)
    {
        StateDict state = Safetensors.Read(path, out IReadOnlyDictionary<string, string> metadata);
        Dictionary<string, Constant> given = [];
        foreach ((string name, Tensor tensor) in state) given.Add(name, new Constant(OnnxType.Float32, tensor));
        byte[] model;
        try
        {
            model = Convert.FromBase64String(graph);
        }
        catch (FormatException exception)
        {
            throw new CheckpointException(path, GraphMetadata, "is not base64", "expected an ONNX graph", exception);
        }
        OnnxNetwork network = OnnxFile.Create(new SeekableSource(new MemoryStream(model), path), folder: null, given);
        OnnxMetadata.Find(network, folder: null, metadata);
        QuantizationMetadata.Apply(network, state);
        return network;
    }
}
