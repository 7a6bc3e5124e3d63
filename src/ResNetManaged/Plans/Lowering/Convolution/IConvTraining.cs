using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Plans.Lowering.Convolution;

/// <summary>The layouts on which the kernels of a trained convolution work.</summary>
/// <param name="Input">Of x.</param>
/// <param name="Output">Of y.</param>
/// <param name="Gradient">Of the gradient of y; null where there is none.</param>
/// <param name="InputGradient">Of the gradient of x; null where it is not wanted.</param>
/// <param name="TrainsWeights">Whether the gradient of the weights is wanted.</param>
/// <param name="Threads">The most threads that will share the work.</param>
internal readonly record struct ConvTrainingLayouts(BlockedLayout Input, BlockedLayout Output, BlockedLayout? Gradient, BlockedLayout? InputGradient,
    bool TrainsWeights, int Threads)
{
    /// <summary>The layouts of a node's values.</summary>
    public static ConvTrainingLayouts Of(TrainingNode node, bool trainsWeights, int threads) => new(node.Reads[0].Layout, node.Output.Layout,
        node.OutputGradients.Length > 0 ? node.OutputGradients[0].Layout : null, node.Gives[0]?.Layout, trainsWeights, threads);
}

/// <summary>The kernels of a trained convolution. Each works on this thread's share; what follows a packing waits for all threads.</summary>
internal unsafe interface IConvTraining
{
    /// <summary>The algorithm, for printing.</summary>
    string Name { get; }

    /// <summary>Floats of packed weights.</summary>
    int PackedLength { get; }

    /// <summary>Floats of scratch next to them, shared by all threads.</summary>
    int ScratchLength { get; }

    /// <summary>Packs weights for <see cref="Forward"/>.</summary>
    void Pack(float* weight, float* packed, WorkShare share);

    /// <summary>y, with a bias for each channel of the blocks; its halo is left alone.</summary>
    void Forward(float* input, float* packed, float* bias, float* output, float* scratch, WorkShare share);

    /// <summary>Packs weights for <see cref="InputGradient"/>.</summary>
    void PackForGradient(float* weight, float* packed, WorkShare share);

    /// <summary>The gradient of x; its halo is left alone.</summary>
    void InputGradient(float* gradient, float* packed, float* inputGradient, float* scratch, WorkShare share);

    /// <summary>The gradient of the weights, OIHW, here or in <see cref="FinishWeightGradient"/>.</summary>
    void WeightGradient(float* input, float* gradient, float* weightGradient, bool accumulates, float* scratch, WorkShare share);

    /// <summary>Adds up what threads have of the gradient of the weights, once all are there. Beside it runs <see cref="InputGradient"/>.</summary>
    void FinishWeightGradient(float* weightGradient, bool accumulates, float* scratch, WorkShare share);
}
