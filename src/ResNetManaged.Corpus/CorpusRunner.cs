using System.Text.Json;
using ResNetManaged.Corpus.Planning;
using ResNetManaged.Corpus.Running;
using ResNetManaged.Corpus.Writing;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Corpus;

/// <summary>Computes the shards of a plan.</summary>
/// <remarks>
/// Any number of processes, on any number of machines that see the folder, may run at the same time and be killed at any time: a lock keeps two of them from
/// the same shard, a killed one's shard is computed again, and the bits of a finished shard do not depend on any of it. The folder must be on a file system with
/// locks. Memory does not depend on the number of pictures. Use one thread to call it; it computes on its own threads.
/// </remarks>
public sealed class CorpusRunner
{
    private static readonly TimeSpan PauseBetweenLooks = TimeSpan.FromSeconds(0.2);

    private readonly CorpusPlan _plan;

    /// <summary>Creates a runner and compiles the network.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="network">The network that it was planned with, with the same preset, in evaluation mode.</param>
    /// <param name="threads">The number of threads; 0 for all processors that this process may use.</param>
    /// <exception cref="CorpusException">The network, its preset or the arithmetic is another than the plan's.</exception>
    /// <exception cref="PlatformNotSupportedException">This processor does not have the plan's vector width.</exception>
    public CorpusRunner(CorpusPlan plan, ImageNetwork network, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(network);
        ExecutionOptions execution = new() { Simd = plan.Simd, Precision = plan.Precision, Threads = threads };
        if (NetworkKey.Of(network, execution, plan.Reading, plan.Classes > 0) != plan.Network)
            throw new CorpusException($"The corpus '{plan.Folder}' was planned with other weights or another preprocessing than {plan.Weights} has now; plan it again in another folder.");
        _plan = plan;
        Computation = plan.Classes > 0
            ? ShardComputation.Of(plan, new ImageClassifier(network, options: execution))
            : ShardComputation.Of(plan, new ImageEmbedder(network, options: execution));
    }

    /// <summary>Creates a runner with any computation.</summary>
    internal CorpusRunner(CorpusPlan plan, IShardComputation computation) => (_plan, Computation) = (plan, computation);

    /// <summary>What it does with pictures.</summary>
    internal IShardComputation Computation { get; }

    /// <summary>Computes a shard, or waits while another process does. A finished shard is not computed again.</summary>
    /// <param name="shard">The shard's number.</param>
    /// <param name="progress">Receives the number of finished pictures of the shard.</param>
    /// <param name="cancellationToken">Stops between two pictures.</param>
    /// <returns>The manifest.</returns>
    /// <exception cref="ShardException">The input cannot be read; the shard is set aside.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The work was canceled; nothing half-written is left.</exception>
    public ShardManifest Run(int shard, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (TryRun(shard, progress, cancellationToken) is { } manifest) return manifest;
            cancellationToken.WaitHandle.WaitOne(PauseBetweenLooks);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Computes a shard unless another process does.</summary>
    /// <inheritdoc cref="Run"/>
    /// <returns>The manifest; null if another process computes the shard.</returns>
    public ShardManifest? TryRun(int shard, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        _plan.Require(shard);
        try
        {
            return Computation.TryRun(_plan, shard, progress, cancellationToken);
        }
        catch (ShardException exception)
        {
            SetAside(shard, exception.Reason);
            throw;
        }
    }

    /// <summary>Removes what killed processes left of shards that are done.</summary>
    /// <exception cref="IOException">A file cannot be removed.</exception>
    public void RemoveLeftovers() => Leftovers.RemoveOfFinished(_plan);

    private void SetAside(int shard, string reason) => AtomicFile.Write(_plan.PathOf(shard, Leftovers.AsideExtension), stream =>
    {
        using JsonLineWriter lines = new(stream);
        lines.Write((Utf8JsonWriter json) =>
        {
            json.WriteNumber("shard", shard);
            json.WriteString("reason", reason);
        });
    });
}
