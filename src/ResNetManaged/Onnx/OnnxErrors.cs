using ResNetManaged.Onnx.Model;
using ResNetManaged.Serialization;

namespace ResNetManaged.Onnx;

/// <summary>Errors of ONNX files: each names the file, the node or tensor, what it has and what was expected.</summary>
internal static class OnnxErrors
{
    public const string Kind = "ONNX model";

    /// <summary>A file that no valid exporter writes.</summary>
    public static CheckpointException Damaged(string file, string? entry, string found, string expected) => new(file, entry, found, expected, kind: Kind);

    /// <summary>A node that cannot be computed as its inputs or attributes are.</summary>
    public static CheckpointException Node(OnnxNode node, string found, string expected, Exception? cause = null) =>
        new(node.File, node.Title, found, expected, cause, Kind);
}
