using System.Diagnostics.CodeAnalysis;
using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Tensors;

namespace ResNetManaged.Cli.Inputs;

/// <summary>Checks shapes that the user chose against a network before anything is computed.</summary>
internal static class ShapeCheck
{
    /// <summary>Traces a module, in its current mode, for an input shape.</summary>
    /// <param name="module">The module.</param>
    /// <param name="input">The shape of its input.</param>
    /// <param name="graph">The graph; null if the shape does not fit.</param>
    /// <param name="fault">Why the shape does not fit, without a final period; empty if it does.</param>
    /// <returns>Whether the shape fits.</returns>
    public static bool TryTrace(Module module, Shape input, [NotNullWhen(true)] out Graph? graph, out string fault)
    {
        try
        {
            (graph, fault) = (module.Trace(input), "");
            return true;
        }
        catch (ShapeMismatchException exception)
        {
            (graph, fault) = (null, exception.Message.TrimEnd('.'));
            return false;
        }
    }
}
