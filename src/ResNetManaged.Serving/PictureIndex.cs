using ResNetManaged.Imaging;
using ResNetManaged.Preprocessing;
using ResNetManaged.Search;

namespace ResNetManaged.Serving;

/// <summary>The pictures that <c>/api/similar</c> searches: one or more embedding indexes, numbered consecutively.</summary>
/// <remarks>Immutable and safe to use from many threads.</remarks>
public sealed class PictureIndex
{
    private const int SmallSide = 256; // pixels

    private static readonly SemaphoreSlim Reading = new(2); // bounds the decoded pictures in memory, across all indexes

    private readonly EmbeddingIndex[] _parts;

    /// <summary>Combines embedding indexes.</summary>
    /// <param name="parts">The indexes, at least one, such as <c>resnet embed</c> writes; their names are paths of picture files.</param>
    /// <exception cref="ArgumentException">There are no parts, a part has no names, or the parts' vectors differ in length.</exception>
    public PictureIndex(params IReadOnlyList<EmbeddingIndex> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Count == 0) throw new ArgumentException("PictureIndex: got no parts; expected at least one.", nameof(parts));
        if (parts.FirstOrDefault(part => part.Dimensions != parts[0].Dimensions) is EmbeddingIndex other)
        {
            throw new ArgumentException(
                $"PictureIndex: a part has vectors of length {other.Dimensions}; expected {parts[0].Dimensions}, as in the first part.", nameof(parts));
        }
        if (parts.Any(part => part.Names is null)) throw new ArgumentException("PictureIndex: a part has no names; expected the paths of its pictures.", nameof(parts));
        _parts = [.. parts];
    }

    /// <summary>The number of pictures.</summary>
    internal int Count => _parts.Sum(part => part.Count);

    /// <summary>The length of a vector.</summary>
    internal int Dimensions => _parts[0].Dimensions;

    internal IReadOnlyList<Neighbor> Nearest(float[] query, int top)
    {
        List<Neighbor> all = [];
        int first = 0;
        foreach (EmbeddingIndex part in _parts)
        {
            all.AddRange(part.Nearest(query, top).Select(neighbor => new Neighbor(first + neighbor.Index, neighbor.Similarity)));
            first += part.Count;
        }
        return [.. all.OrderByDescending(neighbor => neighbor.Similarity).ThenBy(neighbor => neighbor.Index).Take(top)];
    }

    /// <summary>A picture's file name, without its folder, which clients must not learn.</summary>
    internal string NameOf(int index) => Path.GetFileName(PathOf(index));

    /// <summary>A picture's thumbnail as a PNG file; null if the picture's file can no longer be read.</summary>
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
