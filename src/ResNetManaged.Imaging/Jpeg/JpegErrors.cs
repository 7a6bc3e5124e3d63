using BitMiracle.LibJpeg.Classic;

namespace ResNetManaged.Imaging.Jpeg;

/// <summary>Turns libjpeg's errors into exceptions; warnings (damaged but decodable data) are ignored, as in PIL.</summary>
internal sealed class JpegErrors : jpeg_error_mgr
{
    public override void error_exit() =>
        throw new InvalidImageException($"the JPEG file is damaged or not supported: {format_message().TrimEnd('.')}");

    public override void emit_message(int msg_level) { }

    public override void output_message() { }
}
