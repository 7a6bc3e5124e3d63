using ResNetManaged.Onnx.Model;
using ResNetManaged.Serialization;

namespace ResNetManaged.Onnx;

/// <summary>Errors of ONNX files: each names the file, the node or tensor, what it has and what was expected.</summary>
internal static class OnnxErrors
{
    public const string Kind = "ONNX model";

    /// <summary>A file that no valid exporter writes.</summary>
    public static CheckpointException Damaged(string file, string? entry, string found, string expected, Exception? cause = null) =>
        new(file, entry, Printable(found), Printable(expected), cause, Kind);

    /// <summary>A node that cannot be computed as its inputs or attributes are.</summary>
    public static CheckpointException Node(OnnxNode node, string found, string expected, Exception? cause = null) =>
        Damaged(node.File, node.Title, found, expected, cause);

    /// <summary>Whether an exception is what arithmetic throws for inputs of sizes or ranks that it does not expect.</summary>
    public static bool IsOfInputs(Exception exception) => exception is IndexOutOfRangeException or ArgumentException or OverflowException
        or DivideByZeroException or InvalidOperationException or NotSupportedException or ArrayTypeMismatchException or KeyNotFoundException;

    /// <summary>Without the control characters of names in the file, which a terminal would interpret.</summary>
    private static string Printable(string text) => CheckpointClasses.Printable(text);
}
