namespace ResNetManaged.Kernels.Threading;

/// <summary>What the threads of a team compute together.</summary>
internal interface ITeamWork
{
    /// <summary>Computes one thread's part. All threads must wait at the barrier the same number of times.</summary>
    void Run(WorkShare share, TeamBarrier barrier);
}
