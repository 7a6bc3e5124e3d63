using ResNetManaged.Imaging;
using ResNetManaged.Preprocessing;
using ResNetManaged.Search;

namespace ResNetManaged.Serving;

/// <summary>The pictures that <c>/api/similar</c> searches: one or more files of vectors as <c>resnet embed</c> writes them, numbered through.</summary>
/// <remarks>Immutable and safe to use from many threads.</remarks>
public sealed class PictureIndex
{
    private const int SmallSide = 256; // pixels

    private static readonly SemaphoreSlim Reading = new(2); // so many of all indexes are in memory decoded

    private readonly EmbeddingIndex[] _parts;

    /// <summary>Makes an index of parts.</summary>
    /// <param name="parts">At least one, each with the paths of its pictures as names.</param>
    /// <exception cref="ArgumentException">There is none, one has no names, or their vectors differ in length.</exception>
    public PictureIndex(params IReadOnlyList<EmbeddingIndex> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Count == 0) throw new ArgumentException("PictureIndex: there are no parts.", nameof(parts));
        if (parts.FirstOrDefault(part => part.Dimensions != parts[0].Dimensions) is EmbeddingIndex other)
        {
            throw new ArgumentException(
                $"PictureIndex: a part has vectors of {other.Dimensions} numbers, the first one of {parts[0].Dimensions}.", nameof(parts));
        }
        if (parts.Any(part => part.Names is null)) throw new ArgumentException("PictureIndex: a part has no names.", nameof(parts));
        _parts = [.. parts];
    }

    /// <summary>The number of pictures.</summary>
    public int Count => _parts.Sum(part => part.Count);

    /// <summary>The length of a vector.</summary>
    public int Dimensions => _parts[0].Dimensions;

    internal IReadOnlyList<Neighbor> Nearest(float[] query, int top)
    {
        List<Neighbor> all = [];
        int first = 0;
        foreach (EmbeddingIndex part in _parts)
        {
            all.AddRange(part.Nearest(query, top).Select(neighbor => neighbor with { Index = first + neighbor.Index }));
            first += part.Count;
        }
        return [.. all.OrderByDescending(neighbor => neighbor.Similarity).ThenBy(neighbor => neighbor.Index).Take(top)];
    }

    /// <summary>A picture's file name, without its folder, which is nobody's business.</summary>
    internal string NameOf(int index) => Path.GetFileName(PathOf(index));

    /// <summary>A small version of a picture as a PNG file; null where its file cannot be read any more.</summary>
    internal async Task<byte[]?> ReadSmallAsync(int index, ImageFileOptions options, CancellationToken cancellation)
    {
        await Reading.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return ImageFile.EncodePng(SmallPicture.Of(ImageFile.Load(PathOf(index), options), SmallSide));
        }
        catch (ImageException)
        {
            return null;
        }
        finally
        {
            Reading.Release();
        }
    }

    private string PathOf(int index)
    {
        foreach (EmbeddingIndex part in _parts)
        {
            if (index < part.Count) return part.Names![index];
            index -= part.Count;
        }
        throw new ArgumentOutOfRangeException(nameof(index));
    }
}
