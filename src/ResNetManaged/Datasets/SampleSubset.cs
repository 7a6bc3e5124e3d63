using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Datasets;

/// <summary>A selection of a source's inputs.</summary>
internal sealed class SampleSubset(SampleSource source, int[] indices) : SampleSource
{
    public override string Name => source.Name;

    public override int Count => indices.Length;

    public override IReadOnlyList<string> ClassNames => source.ClassNames;

    public override Shape InputShape => source.InputShape;

    internal override string Settings => source.Settings;

    public override int LabelOf(int index) => source.LabelOf(indices[index]);

    public override string NameOf(int index) => source.NameOf(indices[index]);

    public override void Load(int index, PhiloxGenerator random, Span<float> destination) => source.Load(indices[index], random, destination);
}
