namespace ResNetManaged.Training.Runs;

/// <summary>The files of a run, in one folder.</summary>
/// <param name="Best">The best epoch's weights.</param>
/// <param name="Last">The checkpoint to resume from.</param>
/// <param name="Log">The log: see <see cref="TrainingLog"/>.</param>
internal sealed record TrainingFiles(string Best, string Last, string Log)
{
    private const string Extension = ".safetensors", LastExtension = ".last.safetensors", LogExtension = ".log.jsonl";

    /// <summary>The files that belong to an output.</summary>
    public static TrainingFiles Of(string output)
    {
        string stem = output.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) ? output[..^Extension.Length] : output;
        return new TrainingFiles(output, stem + LastExtension, stem + LogExtension);
    }
}
