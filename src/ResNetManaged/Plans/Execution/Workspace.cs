using System.Diagnostics;
using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Plans.Execution;

/// <summary>The memory of one call of a program, and the threads that compute it; reused from call to call.</summary>
/// <param name="program">The program.</param>
/// <param name="threads">The most threads that will run it together.</param>
internal sealed unsafe class Workspace(InferenceProgram program, int threads) : ITeamWork
{
    private readonly PinnedBytes _arena = new(program.ArenaBytes);
    private readonly PinnedArray _scratch = new(program.ScratchLength(threads));
    private readonly float[][] _buffers =
        Array.ConvertAll(program.BufferLengths, length => GC.AllocateUninitializedArray<float>(length, pinned: true));
    private readonly WorkerTeam _team = new();
    private float* _input, _output;
    private long[]? _stamps;

    /// <summary>Computes the output.</summary>
    /// <param name="input">The input, row-major.</param>
    /// <param name="output">Receives the output, row-major.</param>
    /// <param name="stamps">Receives the time before each step and after the last; null not to measure.</param>
    public void Run(float* input, float* output, long[]? stamps)
    {
        _input = input;
        _output = output;
        _stamps = stamps;
        _team.Run(threads, this);
        if (stamps is not null) stamps[^1] = Stopwatch.GetTimestamp();
    }

    /// <summary>Computes the output on the caller's thread alone.</summary>
    /// <param name="input">The input, row-major.</param>
    /// <param name="output">Receives the output, row-major.</param>
    public void RunAlone(float* input, float* output)
    {
        _input = input;
        _output = output;
        _stamps = null;
        ((ITeamWork)this).Run(WorkShare.All, TeamBarrier.None);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void ITeamWork.Run(WorkShare share, TeamBarrier barrier)
    {
        StepContext context = new(_input, _output, _arena.Pointer, _scratch.Pointer, _buffers, share);
        Step[] steps = program.Steps;
        for (int i = 0; i < steps.Length; i++)
        {
            if (i > 0) barrier.Wait();
            if (_stamps is not null && share.Thread == 0) _stamps[i] = Stopwatch.GetTimestamp();
            steps[i].Run(context);
        }
    }
}
