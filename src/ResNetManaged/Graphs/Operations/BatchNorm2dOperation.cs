using ResNetManaged.Kernels.Reference;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations;

/// <summary>Batch norm over N, H, W; see <see cref="Layers.BatchNorm2d"/>.</summary>
internal sealed class BatchNorm2dOperation : Operation
{
    internal BatchNorm2dOperation(int channels, Parameter? weight, Parameter? bias, StateTensor? runningMean, StateTensor? runningVar,
        StateTensor? numBatchesTracked, double eps, double? momentum, bool training)
    {
        Channels = channels;
        Weight = weight;
        Bias = bias;
        RunningMean = runningMean;
        RunningVar = runningVar;
        NumBatchesTracked = numBatchesTracked;
        Eps = eps;
        Momentum = momentum;
        Training = training;
    }

    /// <summary>Whether the input is <c>[N, C]</c> instead of images.</summary>
    public bool OfFeatures { get; init; }

    /// <summary>Channels of the input.</summary>
    public int Channels { get; }

    /// <summary>The scale of each channel; null for 1.</summary>
    public Parameter? Weight { get; }

    /// <summary>The shift of each channel; null for 0.</summary>
    public Parameter? Bias { get; }

    /// <summary>The running mean of each channel; null if not tracked.</summary>
    public StateTensor? RunningMean { get; }

    /// <summary>The running unbiased variance of each channel; null if not tracked.</summary>
    public StateTensor? RunningVar { get; }

    /// <summary>How many batches the running statistics have seen; null if not tracked.</summary>
    public StateTensor? NumBatchesTracked { get; }

    /// <summary>Added to the variance.</summary>
    public double Eps { get; }

    /// <summary>The weight of a new batch in the running statistics; null for the plain average over all batches.</summary>
    public double? Momentum { get; }

    /// <summary>
    /// True to normalize by the batch's statistics and update the running ones, if tracked; false to normalize by the running ones, if tracked.
    /// </summary>
    public bool Training { get; }

    /// <inheritdoc/>
    public override string Name => "BatchNorm2d";

    internal override bool CanOverwriteInput => true;

    /// <summary>Whether the output depends on the other images of the batch.</summary>
    internal bool UsesBatchStatistics => Training || RunningMean is null;

    internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs)
    {
        (int n, int channels, int height, int width) = OfFeatures ? Features(label, inputs[0]) : label.Images(inputs[0]);
        if (channels != Channels) throw label.Mismatch($"input {inputs[0]} has {channels} channels; expected {Channels}.");
        if (UsesBatchStatistics && (long)n * height * width == 1)
            throw label.Mismatch($"input {inputs[0]} has one value per channel; the statistics of a batch need more than one.");
        return inputs[0];
    }

    internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options)
    {
        Tensor input = inputs[0];
        int n = input.Shape[0], plane = Plane(input.Shape);
        Statistics(input, options, out ReadOnlySpan<float> mean, out ReadOnlySpan<float> variance);
        if (UsesBatchStatistics && RunningMean is not null) UpdateRunningStatistics(mean, variance, n * plane);
        BatchNorm.Normalize(n, Channels, plane, input.ReadOnlySpan, mean, variance, Weight is null ? [] : Weight.Value.ReadOnlySpan,
            Bias is null ? [] : Bias.Value.ReadOnlySpan, (float)Eps, output.Span, options);
    }

    /// <remarks>
    /// With z = (x - mean) / sqrt(var + eps) and means over the channel: dbias = sum(dy), dweight = sum(dy z), and dx = weight / sqrt(var + eps) *
    /// (dy - mean(dy) - z mean(dy z)); with running statistics, which do not depend on x, dx = weight / sqrt(var + eps) * dy. Ioffe and Szegedy 2015,
    /// arXiv:1502.03167, section 3. The forward pass keeps nothing: a batch's statistics are recomputed from the same input, to the same bits.
    /// </remarks>
    internal override void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
        ParameterGradients parameterGradients, ExecutionOptions options)
    {
        Tensor input = inputs[0];
        Statistics(input, options, out ReadOnlySpan<float> mean, out ReadOnlySpan<float> variance);
        BatchNormBackward.Run(input.Shape[0], Channels, Plane(input.Shape), input.ReadOnlySpan, mean, variance, UsesBatchStatistics,
            Weight is null ? [] : Weight.Value.ReadOnlySpan, (float)Eps, outputGradient.ReadOnlySpan, inputGradients[0].Span,
            parameterGradients.SumOf(Weight), parameterGradients.SumOf(Bias), options);
    }

    /// <summary>The mean and variance that normalize the input; zeros for an empty batch.</summary>
    private void Statistics(Tensor input, ExecutionOptions options, out ReadOnlySpan<float> mean, out ReadOnlySpan<float> variance)
    {
        if (!UsesBatchStatistics)
        {
            mean = RunningMean!.Value.ReadOnlySpan;
            variance = RunningVar!.Value.ReadOnlySpan;
            return;
        }
        float[] batchMean = new float[Channels], batchVariance = new float[Channels];
        if (input.ElementCount > 0)
            BatchNorm.BatchStatistics(input.Shape[0], Channels, Plane(input.Shape), input.ReadOnlySpan, batchMean, batchVariance, options);
        mean = batchMean;
        variance = batchVariance;
    }

    /// <summary>Counts a batch.</summary>
    /// <returns>Its weight in the running statistics.</returns>
    internal double CountBatch()
    {
        Span<float> batches = NumBatchesTracked!.Value.Span;
        batches[0]++;
        return Momentum ?? 1.0 / batches[0];
    }

    private static (int Rows, int Features, int Height, int Width) Features(NodeLabel label, Shape input) =>
        input.Rank == 2 ? (input[0], input[1], 1, 1) : throw label.Mismatch($"input {input} has {input.Rank} dimensions; expected [N, C].");

    private static int Plane(Shape input) => input.Rank == 2 ? 1 : input[2] * input[3];

    private void UpdateRunningStatistics(ReadOnlySpan<float> batchMean, ReadOnlySpan<float> batchVariance, int count)
    {
        double momentum = CountBatch();
        if (count == 0) return; // PyTorch also counts an empty batch, but learns nothing from it
        BatchNorm.UpdateRunning(batchMean, batchVariance, count, momentum, RunningMean!.Value.Span, RunningVar!.Value.Span);
    }
}
