using System.Diagnostics;
using ResNetManaged.Datasets.Batches;
using ResNetManaged.Layers;
using ResNetManaged.Tensors;

namespace ResNetManaged.Training.Runs;

/// <summary>Estimates how many epochs fit into a time budget.</summary>
internal static class TimeBudget
{
    private const int WarmUpBatches = 2, LeastBatches = 3;
    private const double LongestTiming = 3, TimingShare = 0.05, MostTimingShare = 0.2; // seconds; shares of the budget
    private const double Reserve = 0.05;
    private const double ForwardShare = 1.0 / 3; // of a training step: backward computes two products for each forward one

    /// <summary>Times the first batches. This changes only running statistics, which are restored.</summary>
    /// <param name="model">The network.</param>
    /// <param name="step">Its training step.</param>
    /// <param name="loader">The training batches.</param>
    /// <param name="budget">The time for the whole run.</param>
    /// <param name="batchesPerEpoch">Training batches in an epoch.</param>
    /// <param name="validationBatches">Validation batches in an epoch.</param>
    /// <returns>The number of epochs, at least 1, that fit into the rest of the budget.</returns>
    public static double CountEpochs(Module model, TrainerStep step, BatchLoader loader, TimeSpan budget, int batchesPerEpoch, int validationBatches)
    {
        (StateTensor Buffer, Tensor Value)[] buffers = [.. model.NamedBuffers().Select(named => (named.Buffer, named.Buffer.Value.Clone()))];
        long start = Stopwatch.GetTimestamp(), timed = start;
        int batches = 0;
        foreach (TrainingBatch batch in loader.Epoch(0))
        {
            step.Add(batch);
            step.Discard();
            if (batches++ < WarmUpBatches) timed = Stopwatch.GetTimestamp();
            if (Stopwatch.GetElapsedTime(start) >= MostTimingShare * budget) break;
            if (batches >= WarmUpBatches + LeastBatches && Stopwatch.GetElapsedTime(timed).TotalSeconds
                >= Math.Min(LongestTiming, TimingShare * budget.TotalSeconds)) break;
        }
        double batchSeconds = batches > WarmUpBatches
            ? Stopwatch.GetElapsedTime(timed).TotalSeconds / (batches - WarmUpBatches)
            : Stopwatch.GetElapsedTime(start).TotalSeconds / batches;
        foreach ((StateTensor buffer, Tensor value) in buffers) value.ReadOnlySpan.CopyTo(buffer.Value.Span);
        double epochSeconds = batchSeconds * (batchesPerEpoch + ForwardShare * validationBatches);
        double left = budget.TotalSeconds * (1 - Reserve) - Stopwatch.GetElapsedTime(start).TotalSeconds;
        return Math.Max(1, left / epochSeconds);
    }
}
