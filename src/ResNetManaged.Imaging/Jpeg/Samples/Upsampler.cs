using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ResNetManaged.Imaging.Jpeg.Samples;

/// <summary>Brings a component to the image's size, row by row, with what libjpeg calls fancy upsampling.</summary>
/// <remarks>
/// Along each doubled axis a new sample is 3/4 of the nearer and 1/4 of the farther old sample, with biases that alternate so that rounding errors cancel.
/// Rows and columns outside repeat the nearest one. Other ratios, and planes of one or two columns, replicate samples.
/// </remarks>
internal sealed unsafe class Upsampler : IDisposable
{
    private const int NarrowWidth = 2;

    private readonly SamplePlane _plane;
    private readonly int _left, _right, _firstSample, _endSample;
    private readonly bool _isFancyX, _isFancyY;
    private readonly ushort* _sums; // of sample _firstSample - 1 at Slack - 1
    private readonly byte* _row;

    /// <summary>Prepares for the window of columns from <paramref name="left"/> to <paramref name="right"/> of the image.</summary>
    public Upsampler(SamplePlane plane, int left, int right)
    {
        (_plane, _left, _right) = (plane, left, right);
        _firstSample = left / plane.ScaleX;
        _endSample = (right - 1) / plane.ScaleX + 1;
        _isFancyX = (plane.ScaleX, plane.ScaleY) is (2, 1 or 2) && plane.Component.Width > NarrowWidth;
        _isFancyY = (plane.ScaleX, plane.ScaleY) is (1, 2) || plane.ScaleY == 2 && _isFancyX;
        nuint samples = (nuint)(_endSample - _firstSample + 2 * SamplePlane.Slack);
        _sums = (ushort*)NativeMemory.AllocZeroed(samples, sizeof(ushort));
        _row = (byte*)NativeMemory.AllocZeroed(samples, (nuint)plane.ScaleX);
    }

    /// <summary>The last row of samples that row <paramref name="y"/> of the image needs.</summary>
    public int LastRowFor(int y)
    {
        int near = y / _plane.ScaleY;
        return _isFancyY && y % 2 != 0 ? Math.Min(near + 1, _plane.Component.Height - 1) : near;
    }

    /// <summary>The first row of samples that row <paramref name="y"/> of the image needs.</summary>
    public int FirstRowFor(int y)
    {
        int near = y / _plane.ScaleY;
        return _isFancyY && y % 2 == 0 ? Math.Max(near - 1, 0) : near;
    }

    /// <summary>The samples of the window in row <paramref name="y"/> of the image; vectors may read <see cref="SamplePlane.Slack"/> bytes more.</summary>
    public byte* Row(int y)
    {
        byte* near = _plane.Row(y / _plane.ScaleY);
        if (_plane is { ScaleX: 1, ScaleY: 1 }) return near + _left;
        byte* far = _isFancyY ? _plane.Row(y % 2 == 0 ? FirstRowFor(y) : LastRowFor(y)) : near;
        int count = _endSample - _firstSample;
        if (_isFancyX)
        {
            SumRows(near, far, _isFancyY);
            if (_isFancyY) Widen(_sums + SamplePlane.Slack, _row, count, evenBias: 8, oddBias: 7, shift: 4);
            else Widen(_sums + SamplePlane.Slack, _row, count, evenBias: 1, oddBias: 2, shift: 2);
            return _row + (_left - _firstSample * 2);
        }
        if (_isFancyY)
        {
            Mix(near + _firstSample, far + _firstSample, _row, count, bias: y % 2 == 0 ? 1 : 2);
            return _row;
        }
        if (_plane.ScaleX == 1) return near + _left;
        for (int x = _left; x < _right; x++) _row[x - _left] = near[x / _plane.ScaleX];
        return _row;
    }

    public void Dispose()
    {
        NativeMemory.Free(_sums);
        NativeMemory.Free(_row);
    }

    /// <summary>Writes 3 near + far, or near alone, for the window's samples and one more on each side.</summary>
    private void SumRows(byte* near, byte* far, bool isFancyY)
    {
        ushort* sums = _sums + SamplePlane.Slack - _firstSample;
        int first = Math.Max(_firstSample - 1, 0), end = Math.Min(_endSample + 1, _plane.Component.Width);
        int x = first;
        if (Vector.IsHardwareAccelerated)
        {
            for (; x < end; x += Vector<byte>.Count)
            {
                Vector.Widen(Unsafe.ReadUnaligned<Vector<byte>>(near + x), out Vector<ushort> low, out Vector<ushort> high);
                if (isFancyY)
                {
                    Vector.Widen(Unsafe.ReadUnaligned<Vector<byte>>(far + x), out Vector<ushort> farLow, out Vector<ushort> farHigh);
                    low = low + low + low + farLow;
                    high = high + high + high + farHigh;
                }
                Unsafe.WriteUnaligned(sums + x, low);
                Unsafe.WriteUnaligned(sums + x + Vector<ushort>.Count, high);
            }
        }
        for (; x < end; x++) sums[x] = (ushort)(isFancyY ? 3 * near[x] + far[x] : near[x]);
        if (_firstSample == 0) sums[-1] = sums[0];
        if (_endSample == _plane.Component.Width) sums[_endSample] = sums[_endSample - 1];
    }

    /// <summary>Writes two samples for each sum: three quarters of it and one of the sum before, or after.</summary>
    private static void Widen(ushort* sums, byte* destination, int count, int evenBias, int oddBias, int shift)
    {
        int x = 0;
        if (Vector.IsHardwareAccelerated)
        {
            Vector<ushort> even = new((ushort)evenBias), odd = new((ushort)oddBias);
            for (; x < count; x += Vector<ushort>.Count)
            {
                Vector<ushort> sum = Unsafe.ReadUnaligned<Vector<ushort>>(sums + x), before = Unsafe.ReadUnaligned<Vector<ushort>>(sums + x - 1),
                    after = Unsafe.ReadUnaligned<Vector<ushort>>(sums + x + 1);
                sum = sum + sum + sum;
                Unsafe.WriteUnaligned(destination + 2 * x, ((sum + before + even) >>> shift) | (((sum + after + odd) >>> shift) << 8));
            }
        }
        for (; x < count; x++)
        {
            destination[2 * x] = (byte)((3 * sums[x] + sums[x - 1] + evenBias) >> shift);
            destination[2 * x + 1] = (byte)((3 * sums[x] + sums[x + 1] + oddBias) >> shift);
        }
    }

    private static void Mix(byte* near, byte* far, byte* destination, int count, int bias)
    {
        int x = 0;
        if (Vector.IsHardwareAccelerated)
        {
            Vector<ushort> biases = new((ushort)bias);
            for (; x < count; x += Vector<byte>.Count)
            {
                Vector.Widen(Unsafe.ReadUnaligned<Vector<byte>>(near + x), out Vector<ushort> low, out Vector<ushort> high);
                Vector.Widen(Unsafe.ReadUnaligned<Vector<byte>>(far + x), out Vector<ushort> farLow, out Vector<ushort> farHigh);
                Unsafe.WriteUnaligned(destination + x, Vector.Narrow((low + low + low + farLow + biases) >>> 2, (high + high + high + farHigh + biases) >>> 2));
            }
        }
        for (; x < count; x++) destination[x] = (byte)((3 * near[x] + far[x] + bias) >> 2);
    }
}
