using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;
using static System.Numerics.Tensors.TensorPrimitives;

namespace ResNetManaged.Explaining;

/// <summary>Shows which parts of a picture are evidence for a class.</summary>
public sealed class HeatMap
{
    private const float DefaultOpacity = 0.8f;

    /// <summary>Places a map in the frame of a picture.</summary>
    internal HeatMap(Tensor map, ClassScore score, PictureAxis vertical, PictureAxis horizontal)
    {
        Map = map;
        (ClassIndex, Label, Logit, Probability) = score;
        Values = Place(map, vertical, horizontal);
    }

    /// <summary>The heat at each pixel of the picture, <c>[H, W]</c>, 0 to 1: <see cref="Map"/> with negative values set to 0, divided by its maximum.</summary>
    /// <remarks>
    /// Resized bilinearly and placed where the network's input window lay in the picture. It is 0 outside the window, which the network did not see,
    /// and 0 everywhere if nothing is evidence for the class.
    /// </remarks>
    public Tensor Values { get; }

    /// <summary>What the method computed, <c>[h, w]</c>: a number for each cell of a grid over the network's input window, in the method's own unit.</summary>
    public Tensor Map { get; }

    /// <summary>The explained class's index in the logits.</summary>
    public int ClassIndex { get; }

    /// <summary>The class's name; null if the network has no class names.</summary>
    public string? Label { get; }

    /// <summary>The class's logit for the picture.</summary>
    public float Logit { get; }

    /// <summary>The class's probability for the picture: the softmax of the logits, 0 to 1.</summary>
    public float Probability { get; }

    /// <summary>Paints the heat over the picture, from blue through red to yellow. Hotter pixels are more opaque; pixels without heat stay unchanged.</summary>
    /// <param name="picture">The explained picture, or another one of its size; it is not modified.</param>
    /// <param name="opacity">The opacity of the hottest pixels, 0 to 1; 0.8 by default.</param>
    /// <returns>A new image of the picture's size.</returns>
    /// <exception cref="ArgumentException">The picture has a different size.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The opacity is not between 0 and 1.</exception>
    public RgbImage Overlay(RgbImage picture, float opacity = DefaultOpacity)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (!(opacity is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(opacity), opacity, "HeatMap.Overlay: expected an opacity from 0 to 1.");
        if (Values.Shape != Shape.Create(picture.Height, picture.Width))
        {
            throw new ArgumentException($"HeatMap.Overlay: got a {picture}; expected {Values.Shape[1]} x {Values.Shape[0]}, as explained.", nameof(picture));
        }
        RgbImage result = new(picture.Width, picture.Height);
        ReadOnlySpan<float> heat = Values.ReadOnlySpan;
        ReadOnlySpan<byte> source = picture.Pixels;
        Span<byte> target = result.Pixels;
        for (int i = 0; i < heat.Length; i++)
            HeatColors.Paint(source.Slice(RgbImage.Channels * i, RgbImage.Channels), heat[i], opacity, target.Slice(RgbImage.Channels * i, RgbImage.Channels));
        return result;
    }

    private static Tensor Place(Tensor map, PictureAxis vertical, PictureAxis horizontal)
    {
        int height = vertical.Picture, width = horizontal.Picture, cells = map.Shape[1];
        Tensor values = Tensor.Zeros([height, width]);
        ReadOnlySpan<float> source = map.ReadOnlySpan;
        float largest = Max(source);
        if (!(largest > 0)) return values;
        float[] heat = Array.ConvertAll(source.ToArray(), value => Math.Max(value, 0) / largest);
        CellPair[] rows = vertical.Between(map.Shape[0]), columns = horizontal.Between(cells);
        float[] between = new float[cells];
        for (int y = 0; y < height; y++)
        {
            if (!rows[y].InWindow) continue;
            ReadOnlySpan<float> first = heat.AsSpan(rows[y].First * cells, cells), second = heat.AsSpan(rows[y].Second * cells, cells);
            Lerp(first, second, rows[y].Share, between);
            Span<float> row = values.Span.Slice(y * width, width);
            for (int x = 0; x < width; x++)
            {
                CellPair pair = columns[x];
                if (pair.InWindow) row[x] = float.Lerp(between[pair.First], between[pair.Second], pair.Share);
            }
        }
        return values;
    }
}
