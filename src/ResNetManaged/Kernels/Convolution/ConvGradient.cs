using ResNetManaged.Kernels.Layout;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Convolution;

/// <summary>The shapes of a convolution's data gradient.</summary>
/// <remarks>
/// dX[i, h] = sum over o and kernel elements k of W[o, i, k] dY[o, (h + padding - dilation k) / stride], over those elements whose quotient is an
/// integer. All pixels h with the same remainder, a phase, therefore use the same elements, and neighbors among them use neighbors in dY: each of the
/// stride.Height * stride.Width phases is a convolution of stride 1 with some of the elements.
/// </remarks>
internal static class ConvGradient
{
    /// <summary>
    /// The convolution that computes the data gradient of a 3 x 3 one with stride 1, dilation 1 and padding up to 2: weights rotated by 180 degrees,
    /// input and output channels swapped.
    /// </summary>
    public static ConvGeometry Transposed(in ConvGeometry geometry) => new(geometry.Batch, geometry.OutChannels, geometry.Output, geometry.InChannels,
        geometry.Kernel, 1, Rest(geometry.Kernel, geometry.Padding), 1, geometry.Groups);

    /// <summary>The zeros around dY that the data gradient reads.</summary>
    public static Halo Halo(in ConvGeometry geometry)
    {
        (int top, int bottom) = Reach(geometry.Input.Height, geometry.Output.Height, geometry.Kernel.Height, geometry.Stride.Height,
            geometry.Padding.Top, geometry.Dilation.Height);
        (int left, int right) = Reach(geometry.Input.Width, geometry.Output.Width, geometry.Kernel.Width, geometry.Stride.Width,
            geometry.Padding.Left, geometry.Dilation.Width);
        return new Halo(top, left, bottom, right);
    }

    /// <summary>The phases of the input's pixels along one axis.</summary>
    public static PhaseAxis[] Phases(int input, int kernel, int stride, int padding, int dilation)
    {
        PhaseAxis[] phases = new PhaseAxis[Math.Min(stride, input)];
        for (int phase = 0; phase < phases.Length; phase++)
        {
            List<PhaseTap> taps = [];
            for (int k = kernel - 1; k >= 0; k--) // from left to right in dY
            {
                int offset = phase + padding - k * dilation;
                if (offset % stride == 0) taps.Add(new PhaseTap(k, offset / stride));
            }
            phases[phase] = new PhaseAxis(phase, Sizes.CeilingDivide(input - phase, stride), [.. taps]);
        }
        return phases;
    }

    /// <summary>What each side's padding lacks for a kernel that overlaps the plane in only one row or column.</summary>
    private static Padding2D Rest(Size2D kernel, Padding2D padding) => new(kernel.Height - 1 - padding.Top, kernel.Width - 1 - padding.Left,
        kernel.Height - 1 - padding.Bottom, kernel.Width - 1 - padding.Right);

    private static (int Before, int After) Reach(int input, int output, int kernel, int stride, int padding, int dilation)
    {
        int before = 0, after = 0;
        foreach (PhaseAxis phase in Phases(input, kernel, stride, padding, dilation))
        {
            foreach (PhaseTap tap in phase.Taps)
                (before, after) = (Math.Max(before, -tap.Offset), Math.Max(after, phase.Count + tap.Offset - output));
        }
        return (before, after);
    }
}

/// <summary>A kernel element of a phase, and the pixel of dY that it multiplies, relative to the phase's pixel.</summary>
internal readonly record struct PhaseTap(int Element, int Offset);

/// <summary>Every stride-th pixel of the input along one axis.</summary>
/// <param name="First">The first pixel.</param>
/// <param name="Count">The number of pixels.</param>
/// <param name="Taps">The kernel elements they use; none if the stride skips them all.</param>
internal sealed record PhaseAxis(int First, int Count, PhaseTap[] Taps);
