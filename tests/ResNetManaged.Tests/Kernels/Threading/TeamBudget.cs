using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Tests.Kernels.Threading;

/// <summary>Another budget of threads while it lives, so that a machine with few processors has teams of many, busy or not.</summary>
internal readonly struct TeamBudget : IDisposable
{
    private readonly int _before;

    public TeamBudget(int threads)
    {
        _before = WorkerTeam.Budget;
        WorkerTeam.Budget = threads;
        WorkerTeam.AvoidsStalls = false;
    }

    public void Dispose()
    {
        WorkerTeam.Budget = _before;
        WorkerTeam.AvoidsStalls = true;
    }
}
