using BitMiracle.LibJpeg.Classic;

namespace ResNetManaged.Imaging.Jpeg;

/// <summary>Feeds a file in memory to the decoder; a missing end, which libjpeg would fill in, is an error, as in PIL.</summary>
internal sealed class JpegSource(byte[] content) : jpeg_source_mgr
{
    public override void init_source() => initInternalBuffer(content, content.Length);

    public override bool fill_input_buffer() => throw InvalidImageException.Truncated();
}
