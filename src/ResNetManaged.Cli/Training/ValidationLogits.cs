using ResNetManaged.Datasets;
using ResNetManaged.Datasets.Batches;
using ResNetManaged.Models;
using ResNetManaged.Plans;
using ResNetManaged.Tensors;

namespace ResNetManaged.Cli.Training;

/// <summary>A trained network's logits for its validation images.</summary>
internal static class ValidationLogits
{
    private const int BatchSize = 32;

    /// <summary>Computes [N, classes] in the images' order.</summary>
    public static Tensor Compute(ImageNetwork model, SampleSource images, Session session)
    {
        CompiledModel compiled = model.Compile(session.Execution);
        BatchLoader loader = new(images, new BatchLoaderOptions
        {
            BatchSize = BatchSize,
            Order = SampleOrder.Sequential,
            KeepsLast = true,
            Threads = session.Execution.Threads,
        });
        return Tensor.Concatenate([.. loader.Epoch(0, 0, session.Cancellation).Select(batch => compiled.Run(batch.Images))]);
    }
}
