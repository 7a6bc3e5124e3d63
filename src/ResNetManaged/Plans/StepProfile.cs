using ResNetManaged.Tensors;

namespace ResNetManaged.Plans;

/// <summary>What one step of a plan computes, and how long it takes.</summary>
internal sealed class StepProfile
{
    /// <summary>The module it comes from: <c>layer1.0.conv1</c>.</summary>
    public string Path { get; init; } = "";

    /// <summary>What it computes, with what was fused into it: <c>Conv2d + BatchNorm2d + ReLU</c>.</summary>
    public string Operation { get; init; } = "";

    /// <summary>The algorithm.</summary>
    public string Algorithm { get; init; } = "";

    /// <summary>The shape of its first input.</summary>
    public Shape Input { get; init; }

    /// <summary>The shape of its output.</summary>
    public Shape Output { get; init; }

    /// <summary>The median over the calls that were measured.</summary>
    public double Milliseconds { get; init; }

    /// <summary>Multiply-adds of the definition, padding included; an algorithm may do fewer.</summary>
    public long MultiplyAdds { get; init; }

    /// <summary>Bytes read and written: activations with their halos, and packed weights.</summary>
    public long Bytes { get; init; }
}
