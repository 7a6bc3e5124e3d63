using System.Drawing.Imaging;
using System.Runtime.InteropServices;
using ResNetManaged.Imaging;
using ResNetManaged.Preprocessing;


#pragma warning disable IDE0130 // stands in for the library of this name, which exists only on Windows
namespace System.Drawing
{
    /// <summary>A bitmap whose bottom row comes first, with System.Drawing's signatures.</summary>
    public sealed class Bitmap(string filename) : IDisposable
    {
        private readonly RgbImage _image = ImageFile.Load(filename);
        private GCHandle _pinned;

        /// <summary>Pixels in a row.</summary>
        public int Width => _image.Width;

        /// <summary>Rows.</summary>
        public int Height => _image.Height;

        /// <summary>The pixels in memory, blue first.</summary>
        public BitmapData LockBits(Rectangle rect, ImageLockMode flags, Imaging.PixelFormat format)
        {
            if (rect != new Rectangle(0, 0, Width, Height) || flags != ImageLockMode.ReadOnly || format != Imaging.PixelFormat.Format24bppRgb)
                throw new NotSupportedException("This bitmap can only be locked as a whole, with 24 bits per pixel.");
            int stride = (Width * 3 + 3) / 4 * 4;
            byte[] pixels = new byte[stride * Height];
            for (int y = 0; y < Height; y++)
            {
                for (int i = 0; i < Width * 3; i++) pixels[(Height - 1 - y) * stride + i] = _image.Row(y)[i / 3 * 3 + 2 - i % 3];
            }
            _pinned = GCHandle.Alloc(pixels, GCHandleType.Pinned);
            return new BitmapData(Width, Height, -stride, _pinned.AddrOfPinnedObject() + stride * (Height - 1));
        }

        /// <summary>Ends what <see cref="LockBits"/> began.</summary>
        public void UnlockBits(BitmapData bitmapdata) => Dispose();

        /// <inheritdoc/>
        public void Dispose()
        {
            if (_pinned.IsAllocated) _pinned.Free();
        }
    }
}

namespace System.Drawing.Imaging
{
    /// <summary>The access to a locked bitmap.</summary>
    public enum ImageLockMode
    {
        /// <summary>Reading.</summary>
        ReadOnly = 1,
    }

    /// <summary>The layout of pixels.</summary>
    public enum PixelFormat
    {
        /// <summary>Blue, green, red.</summary>
        Format24bppRgb = 137224,
    }

    /// <summary>A locked bitmap.</summary>
    public sealed record BitmapData(int Width, int Height, int Stride, nint Scan0);
}
