using ResNetManaged.Tensors;

namespace ResNetManaged.Datasets.Batches;

/// <summary>A batch in reused memory, valid until the next one is requested.</summary>
public sealed class TrainingBatch
{
    private readonly int[] _indices, _labels, _partnerLabels;
    private readonly float[] _weights;
    private readonly float[] _buffer;
    private readonly Shape _shape;
    private readonly bool _mixed;

    internal TrainingBatch(int batchSize, Shape inputShape, bool mixed)
    {
        _shape = [batchSize, .. inputShape.Dimensions];
        _buffer = GC.AllocateUninitializedArray<float>(_shape.ElementCount);
        (_indices, _labels) = (new int[batchSize], new int[batchSize]);
        (_partnerLabels, _weights) = mixed ? (new int[batchSize], new float[batchSize]) : ([], []);
        _mixed = mixed;
        Images = Tensor.OverBuffer(_buffer, _shape);
    }

    /// <summary>The batch's number in its epoch, from 0.</summary>
    internal int Number { get; private set; }

    /// <summary>The number of images; the last batch of an epoch may have fewer than the others.</summary>
    internal int Count => Images.Shape[0];

    /// <summary>The network's input, <c>[N, C, H, W]</c>.</summary>
    public Tensor Images { get; private set; }

    /// <summary>Each image's index in the source.</summary>
    internal ReadOnlySpan<int> Indices => _indices.AsSpan(0, Count);

    /// <summary>Each image's class.</summary>
    public ReadOnlySpan<int> Labels => _labels.AsSpan(0, Count);

    /// <summary>With <see cref="Mixup"/>, the class of the image that was mixed into each image; otherwise empty.</summary>
    internal ReadOnlySpan<int> PartnerLabels => _mixed ? _partnerLabels.AsSpan(0, Count) : default;

    /// <summary>With <see cref="Mixup"/>, the weight of each image's label, 1 minus its partner's; otherwise empty.</summary>
    internal ReadOnlySpan<float> Weights => _mixed ? _weights.AsSpan(0, Count) : default;

    internal void Begin(int number, int count)
    {
        Number = number;
        if (count != Count) Images = Tensor.OverBuffer(_buffer, _shape.With(0, count));
    }

    internal Span<float> Image(int position)
    {
        int length = _buffer.Length / _indices.Length;
        return _buffer.AsSpan(position * length, length);
    }

    internal void SetLabel(int position, int index, int label) => (_indices[position], _labels[position]) = (index, label);

    internal void SetMix(int position, int partnerLabel, float weight) => (_partnerLabels[position], _weights[position]) = (partnerLabel, weight);
}
