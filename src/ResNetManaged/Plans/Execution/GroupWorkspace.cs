using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Plans.Execution;

/// <summary>The memory of one call that computes many groups of images at once: each thread computes its own groups, and none waits.</summary>
internal sealed unsafe class GroupWorkspace(InferenceProgram program) : ITeamWork
{
    private readonly Workspace?[] _own = new Workspace?[program.Threads];
    private readonly WorkerTeam _team = new();
    private float* _input, _output;
    private int _groups;

    /// <summary>Computes the outputs of consecutive groups.</summary>
    public void Run(float* input, float* output, int groups)
    {
        _input = input;
        _output = output;
        _groups = groups;
        _team.Run(Math.Min(program.Threads, groups), this);
    }

    void ITeamWork.Run(WorkShare share, TeamBarrier barrier)
    {
        Workspace workspace = _own[share.Thread] ??= new Workspace(program, threads: 1);
        nint inputs = program.InputShape.ElementCount, outputs = program.OutputShape.ElementCount;
        (int group, int end) = share.Of(_groups);
        for (; group < end; group++) workspace.RunAlone(_input + group * inputs, _output + group * outputs);
    }
}
