using NUnit.Framework;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels;

/// <summary>Images in a blocked layout, with poison wherever no kernel may read or write.</summary>
internal sealed unsafe class BlockedImages
{
    private readonly PinnedMemory _memory;
    private readonly int _images;
    private readonly BlockedLayout _layout;

    /// <summary>Memory that a kernel fills.</summary>
    public BlockedImages(BlockedLayout layout, int images)
    {
        (_layout, _images) = (layout, images);
        _memory = new PinnedMemory(images * layout.ImageStride);
    }

    /// <summary>Memory that a kernel reads: pixels, with zeros in padding channels and in a border of <paramref name="zeros"/> pixels.</summary>
    public BlockedImages(BlockedLayout layout, int images, ReadOnlySpan<float> nchw, Halo zeros = default) : this(layout, images)
    {
        (int height, int width) = layout.Size;
        for (int n = 0; n < images; n++)
            for (int c = 0; c < layout.Blocks * layout.BlockSize; c++)
                for (int h = -zeros.Top; h < height + zeros.Bottom; h++)
                    for (int w = -zeros.Left; w < width + zeros.Right; w++)
                    {
                        bool isPixel = c < layout.Channels && h >= 0 && h < height && w >= 0 && w < width;
                        _memory.Span[Index(n, c, h, w)] = isPixel ? nchw[((n * layout.Channels + c) * height + h) * width + w] : 0f;
                    }
    }

    public float* Pointer => _memory.Pointer;

    public BlockedView View => new(Pointer, _layout);

    /// <summary>One image of the batch.</summary>
    public float* Image(int index) => Pointer + index * _layout.ImageStride;

    /// <summary>A halo inside a larger one that stays poisoned: a kernel that reads too far reads NaN.</summary>
    public static Halo Wider(Halo halo) => new(halo.Top + 1, halo.Left + 2, halo.Bottom + 1, halo.Right + 3);

    /// <summary>The pixels as NCHW, after checking that only pixels were written, and zeros in padding channels.</summary>
    public float[] Written(string what) => Written(what, IsPoison);

    /// <summary>The pixels as NCHW, after checking that the halo is zero and nothing else was written.</summary>
    public float[] WrittenWithHalo(string what) => Written(what, value => value == 0 || (_layout.Halo == default && IsPoison(value)));

    private static bool IsPoison(float value) => PinnedMemory.IsPoison(value);

    private float[] Written(string what, Predicate<float> isHalo)
    {
        _memory.AssertIntact(what);
        (int height, int width) = _layout.Size;
        float[] nchw = new float[_images * _layout.Channels * _layout.Size.Area];
        bool[] isPixel = new bool[_memory.Length];
        for (int n = 0; n < _images; n++)
            for (int c = 0; c < _layout.Blocks * _layout.BlockSize; c++)
                for (int h = 0; h < height; h++)
                    for (int w = 0; w < width; w++)
                    {
                        int index = Index(n, c, h, w);
                        float value = _memory.Span[index];
                        isPixel[index] = true;
                        if (c < _layout.Channels) nchw[((n * _layout.Channels + c) * height + h) * width + w] = value;
                        else if (value != 0) Assert.Fail($"{what}: padding channel {c} is {value:R} at [{n}, {h}, {w}].");
                    }
        for (int i = 0; i < isPixel.Length; i++)
        {
            if (!isPixel[i] && !isHalo(_memory.Span[i])) Assert.Fail($"{what}: float {i}, outside the planes, is {_memory.Span[i]:R}.");
        }
        return nchw;
    }

    /// <summary>Written from the description of <see cref="BlockedLayout"/>, independently of its code: [N][C / block][rows][columns][block].</summary>
    private int Index(int n, int c, int h, int w) =>
        n * _layout.ImageStride + c / _layout.BlockSize * _layout.PlaneStride + (_layout.Halo.Top + h) * _layout.RowStride
        + (_layout.Halo.Left + w) * _layout.BlockSize + c % _layout.BlockSize;
}
