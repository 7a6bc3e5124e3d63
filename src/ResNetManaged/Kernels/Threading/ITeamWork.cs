namespace ResNetManaged.Kernels.Threading;

/// <summary>What the threads of a team compute together.</summary>
internal interface ITeamWork
{
    /// <summary>Computes one thread's part. All threads must wait at the barrier equally often.</summary>
    void Run(WorkShare share, TeamBarrier barrier);
}
