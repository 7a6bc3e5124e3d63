using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Plans.Lowering.Convolution;

/// <summary>The layouts that the kernels of a trained convolution work on.</summary>
/// <param name="Input">The layout of x.</param>
/// <param name="Output">The layout of y.</param>
/// <param name="Gradient">The layout of the gradient of y; null if there is none.</param>
/// <param name="InputGradient">The layout of the gradient of x; null if it is not wanted.</param>
/// <param name="TrainsWeights">Whether the gradient of the weights is wanted.</param>
/// <param name="Threads">The most threads that will share the work.</param>
internal readonly record struct ConvTrainingLayouts(BlockedLayout Input, BlockedLayout Output, BlockedLayout? Gradient, BlockedLayout? InputGradient,
    bool TrainsWeights, int Threads)
{
    /// <summary>The layouts of a node's values.</summary>
    public static ConvTrainingLayouts Of(TrainingNode node, bool trainsWeights, int threads) => new(node.Reads[0].Layout, node.Output.Layout,
        node.OutputGradients.Length > 0 ? node.OutputGradients[0].Layout : null, node.Gives[0]?.Layout, trainsWeights, threads);
}

/// <summary>
/// The kernels of a trained convolution. Each computes this thread's share; packed weights may be read only after all threads have packed theirs.
/// </summary>
internal unsafe interface IConvTraining
{
    /// <summary>The algorithm, for printing.</summary>
    string Name { get; }

    /// <summary>Floats of packed weights.</summary>
    int PackedLength { get; }

    /// <summary>Floats of scratch in addition to the packed weights, shared by all threads.</summary>
    int ScratchLength { get; }

    /// <summary>Packs weights for <see cref="Forward"/>.</summary>
    void Pack(float* weight, float* packed, WorkShare share);

    /// <summary>Computes y, with a bias for each channel of the blocks; its halo is not written.</summary>
    void Forward(float* input, float* packed, float* bias, float* output, float* scratch, WorkShare share);

    /// <summary>Packs weights for <see cref="InputGradient"/>.</summary>
    void PackForGradient(float* weight, float* packed, WorkShare share);

    /// <summary>Computes the gradient of x; its halo is not written.</summary>
    void InputGradient(float* gradient, float* packed, float* inputGradient, float* scratch, WorkShare share);

    /// <summary>Computes the gradient of the weights, OIHW, which is complete only after <see cref="FinishWeightGradient"/>.</summary>
    void WeightGradient(float* input, float* gradient, float* weightGradient, bool accumulates, float* scratch, WorkShare share);

    /// <summary>
    /// Sums the threads' parts of the gradient of the weights, after all threads have computed theirs. <see cref="InputGradient"/> runs at the same
    /// time.
    /// </summary>
    void FinishWeightGradient(float* weightGradient, bool accumulates, float* scratch, WorkShare share);
}
