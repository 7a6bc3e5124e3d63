using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering;

/// <summary>
/// Everything that plans know about one operation: when their kernels compute it, how its values are laid out, and the steps that it becomes.
/// </summary>
/// <remarks>
/// The passes over a <see cref="PlanGraph"/> ask these questions of each node and know no operation themselves. Lowerings are stateless: what a node
/// needs is in the node.
/// </remarks>
internal abstract class OperationLowering
{
    /// <summary>Whether the plan's kernels compute the node; otherwise it runs on tensors, as in the reference executor.</summary>
    public abstract bool IsNative(PlanNode node);

    /// <summary>Whether the operation treats the images of a batch independently, along dimension 0 of input and output.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="input">The shape of its first input.</param>
    /// <param name="output">The shape of its output.</param>
    public abstract bool IsPerImage(Operation operation, Shape input, Shape output);

    /// <summary>The number of weights that a step streams; per-channel parameters do not count.</summary>
    public virtual long WeightElements(Operation operation) => 0;

    /// <summary>Whether the operation multiplies channels in groups, each by few weights.</summary>
    public virtual bool HasGroups(Operation operation) => false;

    /// <summary>Chooses an algorithm if the operation has several; sets <see cref="PlanNode.Choice"/>.</summary>
    public virtual void ChooseAlgorithm(PlanNode node, PlanGraph graph, ExecutionOptions options)
    {
    }

    /// <summary>The format of operations that treat every pixel alike: blocks of images for [N, C, H, W], of features for [N, C].</summary>
    protected static ValueFormat BlocksOf(Shape shape) => shape.Rank == 4 ? ValueFormat.Blocked : ValueFormat.Features;

    /// <summary>The format in which it reads its inputs.</summary>
    public virtual ValueFormat Reads(PlanNode node) => ValueFormat.Blocked;

    /// <summary>The format of its output.</summary>
    public virtual ValueFormat Makes(PlanNode node, PlanGraph graph) => ValueFormat.Blocked;

    /// <summary>Channels of a block in which it reads the network's input: 16, or 1 if planes suit its few channels better.</summary>
    public virtual int InputBlockSize(PlanNode node) => ChannelBlock.Size;

    /// <summary>Channels of a block in which it writes images: 16, or 4 if it converts few channels to bytes.</summary>
    public virtual int OutputBlockSize(PlanNode node) => ChannelBlock.Size;

    /// <summary>How far it reads beyond the plane of its first input.</summary>
    public virtual Halo InputHalo(PlanNode node) => default;

    /// <summary>Whether its output is its input: it neither computes nor moves anything.</summary>
    public virtual bool IsAlias => false;

    /// <summary>The input whose memory the output may take, if nothing reads it afterwards; null for none.</summary>
    public virtual PlanValue? RunsOver(PlanNode node) => null;

    /// <summary>Whether it runs on arrays of tensors, so that it cannot read the caller's memory.</summary>
    public virtual bool ReadsArrays => false;

    /// <summary>Creates the inference step.</summary>
    public abstract Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct;

    /// <summary>The parameters that the node trains.</summary>
    public virtual IEnumerable<Parameter?> Parameters(PlanNode node) => [];

    /// <summary>Whether the backward half can read the sum of two gradients of the output; otherwise a sum is computed first.</summary>
    public virtual bool SumsGradients => false;

    /// <summary>The values of the forward pass that the backward half reads again.</summary>
    public virtual IEnumerable<PlanValue> Keeps(PlanNode node) => [];

    /// <summary>How far the backward half reads beyond the plane of the output's gradient.</summary>
    /// <param name="node">The node.</param>
    /// <param name="givesInputGradient">Whether the gradient of its first input is wanted.</param>
    public virtual Halo GradientHalo(PlanNode node, bool givesInputGradient) => default;

    /// <summary>Creates the training step.</summary>
    public abstract TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct;
}

/// <summary>The lowering of one type of operation.</summary>
internal abstract class OperationLowering<TOperation> : OperationLowering where TOperation : Operation
{
    /// <summary>The node's operation.</summary>
    protected static TOperation Of(PlanNode node) => (TOperation)node.Operation!;

    public sealed override bool IsPerImage(Operation operation, Shape input, Shape output) => IsPerImage((TOperation)operation, input, output);

    public sealed override long WeightElements(Operation operation) => WeightElements((TOperation)operation);

    public sealed override bool HasGroups(Operation operation) => HasGroups((TOperation)operation);

    /// <inheritdoc cref="OperationLowering.IsPerImage"/>
    protected virtual bool IsPerImage(TOperation operation, Shape input, Shape output) => true;

    /// <inheritdoc cref="OperationLowering.WeightElements"/>
    protected virtual long WeightElements(TOperation operation) => 0;

    /// <inheritdoc cref="OperationLowering.HasGroups"/>
    protected virtual bool HasGroups(TOperation operation) => false;
}

/// <summary>What inference steps are created from, in addition to their node.</summary>
/// <param name="Weights">The model's packed weights.</param>
/// <param name="Options">Threads, vector width, precision.</param>
internal readonly record struct InferenceServices(WeightStore Weights, ExecutionOptions Options);

/// <summary>What training steps are created from, in addition to their node.</summary>
/// <param name="Gradients">Where the gradients of parameters go.</param>
/// <param name="Options">Threads, vector width, precision.</param>
internal readonly record struct TrainingServices(IGradientMemory Gradients, ExecutionOptions Options);
