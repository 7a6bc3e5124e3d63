using BitMiracle.LibJpeg.Classic;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;

namespace ResNetManaged.Imaging.Jpeg;

/// <summary>Decodes baseline, progressive and arithmetic-coded JPEG to the pixels of libjpeg-turbo, PIL's decoder.</summary>
/// <remarks>
/// LibJpeg.NET does the entropy decoding and the integer IDCT, which agree bit for bit. Its upsampling follows a later libjpeg, so this class takes
/// the planes before upsampling, and upsamples and converts them itself.
/// </remarks>
internal static class JpegDecoder
{
    private const int BlockSize = 8;

    public static bool Recognizes(ReadOnlySpan<byte> content) => content.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);

    public static RgbImage Decode(ReadOnlySpan<byte> content, long pixelCap)
    {
        JpegHeader header = JpegHeader.Read(content, pixelCap);
        JpegPlane[] planes;
        try
        {
            planes = DecodePlanes(content.ToArray(), header);
        }
        catch (Exception e) when (e is not (InvalidImageException or OutOfMemoryException))
        {
            throw new InvalidImageException("the JPEG file is damaged", e); // the library's checks throw various exceptions
        }
        RgbImage image = new(header.Width, header.Height);
        JpegUpsampler[] upsamplers = Array.ConvertAll(planes, plane => JpegUpsampler.For(plane, header.Width));
        byte[][] rows = Array.ConvertAll(planes, plane => new byte[header.Width + plane.ScaleX]); // with room for all pixels of the last sample
        for (int y = 0; y < header.Height; y++)
        {
            for (int i = 0; i < rows.Length; i++) upsamplers[i].WriteRow(y, rows[i]);
            JpegColors.ToRgb(header.Color, rows, image.Row(y));
        }
        return image;
    }

    private static JpegPlane[] DecodePlanes(byte[] content, JpegHeader header)
    {
        jpeg_decompress_struct decoder = new(new JpegErrors()) { Src = new JpegSource(content) };
        decoder.jpeg_read_header(true);
        if (decoder.Image_width != header.Width || decoder.Image_height != header.Height)
            throw new InvalidImageException("the JPEG file has two different headers");
        decoder.Raw_data_out = true;
        decoder.Do_fancy_upsampling = false; // otherwise chroma planes would have twice their size
        decoder.Dct_method = J_DCT_METHOD.JDCT_ISLOW;
        decoder.jpeg_start_decompress();

        jpeg_component_info[] components = decoder.Comp_info[..decoder.Num_components];
        int maxHorizontal = components.Max(component => component.H_samp_factor), maxVertical = decoder.Max_v_samp_factor;
        int groups = Sizes.CeilingDivide(header.Height, maxVertical * BlockSize);
        JpegPlane[] planes = Array.ConvertAll(components, component => MakePlane(component, header, maxHorizontal, maxVertical, groups));
        for (int group = 0; group < groups; group++)
        {
            byte[][][] rows = new byte[planes.Length][][];
            for (int i = 0; i < planes.Length; i++)
            {
                int count = components[i].V_samp_factor * BlockSize;
                rows[i] = planes[i].Rows[(group * count)..((group + 1) * count)];
            }
            decoder.jpeg_read_raw_data(rows, maxVertical * BlockSize);
        }
        return planes;
    }

    private static JpegPlane MakePlane(jpeg_component_info component, JpegHeader header, int maxHorizontal, int maxVertical, int groups)
    {
        if (maxHorizontal % component.H_samp_factor != 0 || maxVertical % component.V_samp_factor != 0)
            throw new InvalidImageException("JPEG with fractional sampling factors is not supported");
        byte[][] rows = new byte[groups * component.V_samp_factor * BlockSize][];
        for (int y = 0; y < rows.Length; y++) rows[y] = new byte[component.Width_in_blocks * BlockSize];
        return new JpegPlane(rows,
            Sizes.CeilingDivide(header.Width * component.H_samp_factor, maxHorizontal),
            Sizes.CeilingDivide(header.Height * component.V_samp_factor, maxVertical),
            maxHorizontal / component.H_samp_factor,
            maxVertical / component.V_samp_factor);
    }
}
