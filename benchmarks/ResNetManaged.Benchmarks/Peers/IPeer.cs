namespace ResNetManaged.Benchmarks.Peers;

/// <summary>A network in a library that can run it, with its input in place.</summary>
internal interface IPeer : IDisposable
{
    /// <summary>Computes the network's output, which stays valid until the next call.</summary>
    ReadOnlySpan<float> Run();
}
