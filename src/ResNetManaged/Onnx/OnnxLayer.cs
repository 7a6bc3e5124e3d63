using System.Globalization;
using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Onnx.Loading;
using ResNetManaged.Onnx.Model;
using ResNetManaged.Onnx.Tracing;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx;

/// <summary>A node of an ONNX graph as a summary shows it.</summary>
/// <param name="node">The node.</param>
/// <param name="parameters">The network's weights.</param>
/// <param name="program">The graph, which knows their names.</param>
internal sealed class OnnxLayer(OnnxNode node, OnnxParameters parameters, OnnxProgram program) : Module
{
    internal override string TypeName => node.Operator;

    internal override bool IsConvolution => node.Operator == "Conv";

    /// <summary>Registers the weights that the node reads, so that they are counted.</summary>
    public void TakeParameters()
    {
        for (int i = 0; i < node.Inputs.Count; i++)
        {
            if (parameters.All.GetValueOrDefault(program.NameOf(node.Inputs[i])) is Parameter parameter)
                Register(string.Create(CultureInfo.InvariantCulture, $"input{i}"), parameter);
        }
    }

    protected override Value ForwardCore(Value input) => throw new InvalidOperationException("OnnxLayer: it only stands for a node.");
}
