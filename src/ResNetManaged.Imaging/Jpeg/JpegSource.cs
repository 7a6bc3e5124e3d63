using BitMiracle.LibJpeg.Classic;

namespace ResNetManaged.Imaging.Jpeg;

/// <summary>A whole file in memory as the decoder's input; where libjpeg would invent an end, this is an error, as in PIL.</summary>
internal sealed class JpegSource(byte[] content) : jpeg_source_mgr
{
    public override void init_source() => initInternalBuffer(content, content.Length);

    public override bool fill_input_buffer() => throw InvalidImageException.Truncated();
}
