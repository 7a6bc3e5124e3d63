namespace ResNetManaged.Kernels.Threading;

/// <summary>A computation cut into items that do not depend on each other.</summary>
internal interface IWork
{
    /// <summary>Computes one item. No other item writes what this one writes.</summary>
    void Run(int index);
}
