using System.Diagnostics;
using System.Globalization;
using ResNetManaged.Inference;
using ResNetManaged.Layers;
using ResNetManaged.Layers.State;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Training.Runs;

/// <summary>Keeps a run's best weights, the checkpoint to resume from, and the log; without files, only the best weights, in memory.</summary>
internal sealed class TrainingOutput(
    Module model, TrainerStep step, IReadOnlyList<string> classNames, Dictionary<string, string> settings, TrainerOptions options)
{
    private readonly TrainingFiles? _files = options.Output is null ? null : TrainingFiles.Of(options.Output);
    private StateDict? _best; // a copy, if there are no files
    private long _lastSave;
    private int _stepsSinceSave;

    /// <summary>The checkpoint to resume from; null without files.</summary>
    public string? Last => _files?.Last;

    /// <summary>Removes what an interrupted run left behind, and the lines of the log after the state that the run starts from.</summary>
    public void Begin(TrainingState state)
    {
        _lastSave = Stopwatch.GetTimestamp();
        if (_files is null) return;
        foreach (string file in new[] { _files.Best, _files.Last, _files.Log }) AtomicFile.RemoveLeftovers(file);
        TrainingLog.CutAfter(_files.Log, state.Step, state.Epoch);
    }

    /// <summary>Keeps the weights of the epoch that is ending as the best ones.</summary>
    public void KeepBest(TrainingState state, ClassificationMetrics? metrics)
    {
        int epoch = state.Epoch + 1;
        StateDict weights = TrainingCheckpoint.Weights(model, step);
        if (_files is null)
        {
            _best = new StateDict();
            foreach ((string name, Tensor tensor) in weights) _best.Add(name, tensor.Clone());
        }
        else
        {
            Dictionary<string, string> metadata = DescribeNetwork();
            metadata["epoch"] = epoch.ToString(CultureInfo.InvariantCulture);
            if (metrics is not null) metadata["validation_accuracy"] = metrics.Top1.ToString(CultureInfo.InvariantCulture);
            TrainingCheckpoint.WriteWeights(_files.Best, weights, metadata);
        }
        (state.BestEpoch, state.BestAccuracy, state.BestLoss) = (epoch, metrics?.Top1, metrics?.Loss);
        if (metrics is not null) state.Confusion = Confusion(metrics);
    }

    /// <summary>The best epoch's weights.</summary>
    public StateDict Best() => _files is null ? _best! : Safetensors.Read(_files.Best, out _);

    /// <summary>Writes the checkpoint to resume from.</summary>
    public void Save(TrainingState state)
    {
        if (_files is null) return;
        Dictionary<string, string> metadata = DescribeNetwork();
        foreach ((string name, string value) in settings) metadata[name] = value;
        TrainingCheckpoint.Write(_files.Last, model, step, state, metadata);
        (_lastSave, _stepsSinceSave) = (Stopwatch.GetTimestamp(), 0);
    }

    /// <summary>Logs a step within an epoch, and saves, if either is due.</summary>
    public void AfterStep(TrainingState state, TrainingPace pace)
    {
        if (_files is null) return;
        if (state.EpochStep % options.LogSteps == 0) TrainingLog.Append(_files.Log, pace.Step());
        if (++_stepsSinceSave >= options.CheckpointSteps || Stopwatch.GetElapsedTime(_lastSave) >= options.CheckpointInterval) Save(state);
    }

    public void Log(TrainingRecord record)
    {
        if (_files is not null) TrainingLog.Append(_files.Log, record);
    }

    public void Log(TrainingSummary summary)
    {
        if (_files is not null) TrainingLog.Append(_files.Log, summary);
    }

    public void LogTape(string reason)
    {
        if (_files is not null) TrainingLog.AppendTape(_files.Log, reason);
    }

    private Dictionary<string, string> DescribeNetwork()
    {
        Dictionary<string, string> metadata = TrainingSettings.Describe(model, classNames);
        foreach ((string name, string value) in options.Metadata) metadata[name] = value;
        return metadata;
    }

    /// <summary>A <see cref="TrainingSummary.Confusion"/>.</summary>
    public static int[] Confusion(ClassificationMetrics metrics)
    {
        int classes = metrics.Classes;
        return [.. Enumerable.Range(0, classes * classes).Select(cell => metrics[cell / classes, cell % classes])];
    }
}
