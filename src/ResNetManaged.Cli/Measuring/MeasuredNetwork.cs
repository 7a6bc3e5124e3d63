using ResNetManaged.Cli.Options;
using ResNetManaged.Plans;

namespace ResNetManaged.Cli.Measuring;

/// <summary>A network, or a module in one, compiled for an input that it can be measured with.</summary>
/// <param name="Reference">What the user calls it.</param>
/// <param name="Batch">Images in a batch.</param>
/// <param name="Compiled">It, ready to run.</param>
/// <param name="Plan">Its plan for <paramref name="Input"/>.</param>
/// <param name="Input">Random numbers.</param>
/// <param name="MultiplyAdds">Those of a call, by definition.</param>
/// <param name="LoadMilliseconds">How long it took to make or load it and to compile it.</param>
internal sealed record MeasuredNetwork(ModelReference Reference, int Batch, CompiledModel Compiled, InferencePlan Plan, float[] Input,
    long MultiplyAdds, double LoadMilliseconds);
