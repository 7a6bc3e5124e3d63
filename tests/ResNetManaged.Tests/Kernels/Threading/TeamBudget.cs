using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Tests.Kernels.Threading;

/// <summary>Changes the thread budget until disposed, so that even a busy machine with few processors runs large teams.</summary>
internal readonly struct TeamBudget : IDisposable
{
    private readonly int _before;

    public TeamBudget(int threads)
    {
        _before = WorkerPool.Budget;
        WorkerPool.Budget = threads;
        WorkerPool.AvoidsStalls = false;
    }

    public void Dispose()
    {
        WorkerPool.Budget = _before;
        WorkerPool.AvoidsStalls = true;
    }
}
