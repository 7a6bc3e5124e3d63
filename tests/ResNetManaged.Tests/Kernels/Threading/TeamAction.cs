using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Tests.Kernels.Threading;

/// <summary>A team's work as a lambda.</summary>
internal sealed class TeamAction(Action<WorkShare, TeamBarrier> action) : ITeamWork
{
    public void Run(WorkShare share, TeamBarrier barrier) => action(share, barrier);
}
