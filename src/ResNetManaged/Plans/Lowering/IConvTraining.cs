using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Plans.Lowering;

/// <summary>The kernels of a convolution that is trained. Each works on this thread's share; what follows a packing waits for all threads.</summary>
internal unsafe interface IConvTraining
{
    /// <summary>For people.</summary>
    string Name { get; }

    /// <summary>What is read around the input.</summary>
    Halo InputHalo { get; }

    /// <summary>What the gradient of the input reads around the gradient of the output.</summary>
    Halo GradientHalo { get; }

    /// <summary>Floats of packed weights.</summary>
    int PackedLength { get; }

    /// <summary>Floats of scratch beside them, that all threads share.</summary>
    int ScratchLength { get; }

    /// <summary>Makes the kernels, now that layouts are known.</summary>
    /// <param name="input">Of x.</param>
    /// <param name="output">Of y.</param>
    /// <param name="gradient">Of the gradient of y; null where there is none.</param>
    /// <param name="inputGradient">Of the gradient of x; null where nobody wants it.</param>
    /// <param name="trainsWeights">Whether <see cref="WeightGradient"/> will be asked for.</param>
    /// <param name="threads">The most threads that will share the work.</param>
    void Create(BlockedLayout input, BlockedLayout output, BlockedLayout? gradient, BlockedLayout? inputGradient, bool trainsWeights, int threads);

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
