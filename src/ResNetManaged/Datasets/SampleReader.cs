using System.Collections.Concurrent;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Datasets;

/// <summary>Loads samples, each with its own random numbers, and replaces unreadable ones.</summary>
internal sealed class SampleReader(SampleSource source, ulong seed, CorruptImages policy)
{
    private readonly ConcurrentDictionary<int, SkippedImage> _skipped = new();

    public IReadOnlyList<SkippedImage> Skipped => [.. _skipped.Values.OrderBy(image => image.Index)];

    /// <summary>Loads a sample or its replacement.</summary>
    /// <returns>The index of the loaded sample.</returns>
    public int Read(int index, int epoch, Span<float> destination)
    {
        int label = source.LabelOf(index);
        for (int i = 0; i < source.Count; i++)
        {
            int candidate = (index + i) % source.Count;
            if (source.LabelOf(candidate) != label || _skipped.ContainsKey(candidate)) continue;
            try
            {
                source.Load(candidate, new PhiloxGenerator(seed, (uint)RandomStream.Augmentation, (uint)epoch, (uint)index), destination);
                return candidate;
            }
            catch (IOException exception) when (policy == CorruptImages.Skip)
            {
                _skipped[candidate] = new SkippedImage(candidate, source.NameOf(candidate), exception.Message);
            }
        }
        throw new DatasetException(source.Name, $"has no readable images of the class '{source.ClassNames[label]}'",
            $"one of {_skipped.Values.Count(image => source.LabelOf(image.Index) == label)} errors: {_skipped[index].Reason}");
    }
}
