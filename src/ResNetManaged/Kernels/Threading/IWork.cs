namespace ResNetManaged.Kernels.Threading;

/// <summary>A computation cut into independent items.</summary>
internal interface IWork
{
    /// <summary>Computes one item. No two items write the same memory.</summary>
    void Run(int index);
}
