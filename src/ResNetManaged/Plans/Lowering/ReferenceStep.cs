using ResNetManaged.Plans.Execution;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering;

/// <summary>Runs an operation without its own step on tensors, as the reference executor does. It allocates.</summary>
internal sealed class ReferenceStep(PlanNode node, ExecutionOptions options) : Step(node)
{
    public override string Algorithm => "reference";

    public override void Run(in StepContext context)
    {
        if (context.Share.Thread != 0) return;
        Tensor[] inputs = new Tensor[Node.Inputs.Length];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = Tensor.OverBuffer(context.Buffer(Node.Inputs[i]), Node.Inputs[i].Shape);
        if (Node.Operation!.IsReshape) inputs[0].ReadOnlySpan.CopyTo(context.Buffer(Node.Output));
        else Node.Operation.Execute(inputs, Tensor.OverBuffer(context.Buffer(Node.Output), Node.Output.Shape), options);
    }
}
