using System.Numerics.Tensors;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;
using Tensor = ResNetManaged.Tensors.Tensor;

namespace ResNetManaged.Explaining;

/// <summary>Which parts of a picture speak for a class.</summary>
public sealed class HeatMap
{
    /// <summary>The opacity of <see cref="Overlay"/> where nobody chose one.</summary>
    public const float DefaultOpacity = 0.8f;

    /// <summary>Lays a map over a picture.</summary>
    internal HeatMap(Tensor map, ClassScore score, PictureAxis vertical, PictureAxis horizontal)
    {
        Map = map;
        (ClassIndex, Label, Logit, Probability) = score;
        Values = Place(map, vertical, horizontal);
    }

    /// <summary>The heat at each pixel of the picture, <c>[H, W]</c>, from 0 to 1: <see cref="Map"/> without what is negative, divided by its largest value.</summary>
    /// <remarks>
    /// Resized bilinearly, and placed where the network's input window lay in the picture. Outside of the window, which the network did not see, it is 0;
    /// everywhere, where nothing speaks for the class.
    /// </remarks>
    public Tensor Values { get; }

    /// <summary>What the method computed, <c>[h, w]</c>, a number for each cell of a grid over the network's input window, in the method's own unit.</summary>
    public Tensor Map { get; }

    /// <summary>The class that is explained: its position in the logits.</summary>
    public int ClassIndex { get; }

    /// <summary>The class's name; null where the network has no names.</summary>
    public string? Label { get; }

    /// <summary>The class's logit for the picture.</summary>
    public float Logit { get; }

    /// <summary>The class's probability for the picture: softmax of the logits, 0 to 1.</summary>
    public float Probability { get; }

    /// <summary>Paints the heat over its picture: from blue through red to yellow, the more opaque the hotter; where there is no heat, the picture shows as it is.</summary>
    /// <param name="picture">The picture that was explained, or another of its size; it is not changed.</param>
    /// <param name="opacity">How much of the hottest pixels is paint, 0 to 1; 0.8 by default.</param>
    /// <returns>A new image of the picture's size.</returns>
    /// <exception cref="ArgumentException">The picture has another size.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The opacity is not between 0 and 1.</exception>
    public RgbImage Overlay(RgbImage picture, float opacity = DefaultOpacity)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (!(opacity is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(opacity), opacity, "HeatMap.Overlay: opacity goes from 0 to 1.");
        if (Values.Shape != Shape.Create(picture.Height, picture.Width))
        {
            throw new ArgumentException($"HeatMap.Overlay: the heat map is of a {Values.Shape[1]} x {Values.Shape[0]} picture; got a {picture}.", nameof(picture));
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
        float largest = TensorPrimitives.Max(source);
        if (!(largest > 0)) return values;
        float[] heat = Array.ConvertAll(source.ToArray(), value => Math.Max(value, 0) / largest);
        CellPair[] rows = vertical.Between(map.Shape[0]), columns = horizontal.Between(cells);
        float[] between = new float[cells];
        for (int y = 0; y < height; y++)
        {
            if (!rows[y].InWindow) continue;
            ReadOnlySpan<float> first = heat.AsSpan(rows[y].First * cells, cells), second = heat.AsSpan(rows[y].Second * cells, cells);
            TensorPrimitives.Lerp(first, second, rows[y].Share, between);
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
