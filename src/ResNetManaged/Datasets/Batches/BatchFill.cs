using System.Runtime.ExceptionServices;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Datasets.Batches;

/// <summary>Fills a batch, image by image.</summary>
internal sealed class BatchFill(SampleSource source, SampleReader reader, BatchLoaderOptions options)
{
    /// <summary>Loads the images of a batch and mixes them.</summary>
    /// <exception cref="IOException">An image cannot be read; if there are several, the first one's error.</exception>
    public void Run(TrainingBatch batch, int number, int epoch, ArraySegment<int> items, CancellationToken cancellation)
    {
        batch.Begin(number, items.Count);
        Exception?[] failures = new Exception?[items.Count];
        ParallelLoop.For(items.Count, options.Threads, new Loading(batch, epoch, items, source, reader, failures, cancellation));
        if (Array.Find(failures, failure => failure is not null) is { } first) ExceptionDispatchInfo.Throw(first);
        if (options.Mixup is not null)
            ParallelLoop.For((items.Count + 1) / 2, options.Threads, new Mixing(batch, epoch, number * options.BatchSize, options.Mixup, options.Seed));
    }

    private readonly struct Loading(TrainingBatch batch, int epoch, ArraySegment<int> items, SampleSource source, SampleReader reader, Exception?[] failures,
        CancellationToken cancellation) : IWork
    {
        /// <summary>Keeps an error instead of throwing it, so that the first image's is thrown, whichever thread fails first.</summary>
        public void Run(int index)
        {
            try
            {
                cancellation.ThrowIfCancellationRequested();
                int loaded = reader.Read(items[index], epoch, batch.Image(index));
                batch.SetLabel(index, loaded, source.LabelOf(loaded));
            }
            catch (Exception exception)
            {
                failures[index] = exception;
            }
        }
    }

    private readonly struct Mixing(TrainingBatch batch, int epoch, int firstPosition, Mixup mixup, ulong seed) : IWork
    {
        public void Run(int index)
        {
            int partner = Mixup.PartnerOf(index, batch.Count);
            float weight = DrawWeight(index), partnerWeight = DrawWeight(partner);
            batch.SetMix(index, batch.Labels[partner], weight);
            batch.SetMix(partner, batch.Labels[index], partnerWeight);
            if (partner != index) Mixup.Mix(batch.Image(index), weight, batch.Image(partner), partnerWeight);
        }

        private float DrawWeight(int index) =>
            mixup.DrawWeight(new PhiloxGenerator(seed, (uint)RandomStream.Mixup, (uint)epoch, (uint)(firstPosition + index)));
    }
}
