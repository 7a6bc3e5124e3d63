using ResNetManaged.Layers;
using ResNetManaged.Layers.State;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Training.Optimizers;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace ResNetManaged.Training.Runs;

/// <summary>Writes and reads the checkpoints of a run.</summary>
/// <remarks>
/// The last checkpoint holds the network under its own names, so that it can be used as any checkpoint, and under <c>training.</c> the rest of what resuming
/// needs: the optimizer's buffers and, if weights are averaged, the weights themselves; the network's names then hold the averages.
/// </remarks>
internal static class TrainingCheckpoint
{
    private const string OptimizerPrefix = ResNetCheckpoint.TrainingPrefix + "optimizer.";
    private const string ModelPrefix = ResNetCheckpoint.TrainingPrefix + "model.";
    private const string UpdatesName = ResNetCheckpoint.TrainingPrefix + ExponentialMovingAverage.UpdatesName;
    private const string ConfusionName = ResNetCheckpoint.TrainingPrefix + "confusion"; // float32 holds counts up to 2^24

    /// <summary>The weights that a run produces: the averages if there are any, otherwise the network's own.</summary>
    public static StateDict Weights(Module model, TrainerStep step) => step.Average?.AveragedStateDict() ?? model.StateDict();

    /// <summary>Writes only the weights.</summary>
    /// <exception cref="TrainingException">A weight is not finite; nothing was written.</exception>
    public static void WriteWeights(string path, StateDict weights, IReadOnlyDictionary<string, string> metadata)
    {
        CheckFinite(path, weights);
        Safetensors.Write(path, weights, metadata);
    }

    /// <summary>Writes everything that resuming needs.</summary>
    /// <exception cref="TrainingException">A number is not finite; nothing was written.</exception>
    public static void Write(string path, Module model, TrainerStep step, TrainingState state, IReadOnlyDictionary<string, string> metadata)
    {
        StateDict tensors = new();
        AddAll(tensors, "", Weights(model, step));
        AddAll(tensors, OptimizerPrefix, step.Optimizer.StateDict());
        if (step.Average is { } average)
        {
            AddAll(tensors, ModelPrefix, model.StateDict());
            tensors.Add(UpdatesName, average.StateDict()[ExponentialMovingAverage.UpdatesName]);
        }
        if (state.Confusion.Length > 0)
            tensors.Add(ConfusionName, Tensor.FromArray(Array.ConvertAll(state.Confusion, count => (float)count), [state.Confusion.Length]));
        CheckFinite(path, tensors);
        Dictionary<string, string> all = new(metadata);
        state.Save(all);
        Safetensors.Write(path, tensors, all);
    }

    /// <summary>Restores the network, the optimizer and the average.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">The network, whose tensors are replaced.</param>
    /// <param name="step">Its optimizer and average.</param>
    /// <param name="settings">The settings that the checkpoint must have been made with.</param>
    /// <returns>The state of the run.</returns>
    /// <exception cref="CheckpointException">The file is damaged, or is not a checkpoint of a run with these settings.</exception>
    /// <exception cref="StateDictMismatchException">The checkpoint belongs to another network.</exception>
    public static TrainingState Read(string path, Module model, TrainerStep step, Dictionary<string, string> settings)
    {
        StateDict tensors = Safetensors.Read(path, out IReadOnlyDictionary<string, string> metadata);
        TrainingSettings.Check(path, metadata, settings);
        TrainingState state = TrainingState.Load(path, metadata);
        if (tensors.TryGetValue(ConfusionName, out Tensor? confusion)) state.Confusion = Array.ConvertAll(confusion.ReadOnlySpan.ToArray(), count => (int)count);

        StateDict network = Part(tensors, name => name.StartsWith(ResNetCheckpoint.TrainingPrefix, StringComparison.Ordinal) ? null : name);
        step.Optimizer.LoadStateDict(Part(tensors, After(OptimizerPrefix)));
        if (step.Average is { } average)
        {
            StateDict averages = Part(network, name => ExponentialMovingAverage.AveragePrefix + name);
            if (tensors.TryGetValue(UpdatesName, out Tensor? updates)) averages.Add(ExponentialMovingAverage.UpdatesName, updates);
            average.LoadStateDict(averages);
            network = Part(tensors, After(ModelPrefix));
        }
        model.LoadStateDict(network);
        return state;
    }

    private static Func<string, string?> After(string prefix) => name => name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : null;

    private static void AddAll(StateDict target, string prefix, StateDict source)
    {
        foreach ((string name, Tensor tensor) in source) target.Add(prefix + name, tensor);
    }

    /// <summary>The tensors for which a new name is given, under it.</summary>
    private static StateDict Part(StateDict tensors, Func<string, string?> rename)
    {
        StateDict part = new() { Source = tensors.Source };
        foreach ((string name, Tensor tensor) in tensors)
        {
            if (rename(name) is string renamed) part.Add(renamed, tensor);
        }
        return part;
    }

    private static void CheckFinite(string path, StateDict tensors)
    {
        foreach ((string name, Tensor tensor) in tensors)
        {
            if (!TensorPrimitives.IsFiniteAll(tensor.ReadOnlySpan))
                throw new TrainingException($"Training: '{name}' is no longer finite; '{path}' was not written and is unchanged. Try a lower learning rate.");
        }
    }
}
