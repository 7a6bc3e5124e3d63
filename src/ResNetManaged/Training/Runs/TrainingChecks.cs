using ResNetManaged.Datasets;

namespace ResNetManaged.Training.Runs;

/// <summary>Checks that data, settings and network fit together, before a run starts.</summary>
internal static class TrainingChecks
{
    /// <summary>Checks that the data fills a batch, and that a batch divides into equal micro-batches.</summary>
    /// <exception cref="DatasetException">There is only one class, or there are fewer images than a batch takes.</exception>
    /// <exception cref="ArgumentException">The micro-batches do not divide a batch.</exception>
    public static void Batches(SampleSource training, TrainerOptions options)
    {
        training.RequireClasses();
        if (options.BatchSize % options.MicroBatches != 0)
        {
            throw new ArgumentException(
                $"Trainer: a batch of {options.BatchSize} images cannot be divided into {options.MicroBatches} equal parts.", nameof(options));
        }
        if (training.Count < options.BatchSize)
            throw new DatasetException(training.Name, $"has {training.Count} images for training", $"a batch takes {options.BatchSize}; use smaller batches");
    }

    /// <summary>Checks that the network has enough classes for the data, and that training and validation have the same classes.</summary>
    /// <exception cref="ArgumentException">The network has fewer classes than the data.</exception>
    /// <exception cref="DatasetException">The classes of training and validation differ.</exception>
    public static void Classes(int classes, SampleSource training, SampleSource? validation)
    {
        if (training.ClassNames.Count > classes)
            throw new ArgumentException($"Trainer: '{training.Name}' has {training.ClassNames.Count} classes; the model has {classes}.");
        if (validation is null) return;
        for (int label = 0; label < validation.ClassNames.Count; label++)
        {
            if (label >= training.ClassNames.Count || validation.ClassNames[label] != training.ClassNames[label])
            {
                throw new DatasetException(validation.Name, $"has the class '{validation.ClassNames[label]}' with the label {label}",
                    label < training.ClassNames.Count ? $"'{training.Name}' has '{training.ClassNames[label]}' there" : $"'{training.Name}' has no more classes");
            }
        }
    }
}
