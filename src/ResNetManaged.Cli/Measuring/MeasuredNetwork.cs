using ResNetManaged.Cli.Options;
using ResNetManaged.Plans;

namespace ResNetManaged.Cli.Measuring;

/// <summary>A network, or a module in one, compiled and ready to be measured.</summary>
/// <param name="Reference">The MODEL argument.</param>
/// <param name="Batch">The number of images in a batch.</param>
/// <param name="Compiled">The compiled model.</param>
/// <param name="Plan">Its plan for <paramref name="Input"/>.</param>
/// <param name="Input">Random numbers.</param>
/// <param name="MultiplyAdds">The multiply-adds of a call, by definition.</param>
/// <param name="LoadMilliseconds">The time to create or load the network and compile it.</param>
internal sealed record MeasuredNetwork(ModelReference Reference, int Batch, CompiledModel Compiled, InferencePlan Plan, float[] Input,
    long MultiplyAdds, double LoadMilliseconds);
