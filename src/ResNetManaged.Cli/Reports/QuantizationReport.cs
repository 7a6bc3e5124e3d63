using System.Globalization;
using System.Net;
using System.Text;
using ResNetManaged.Quantization;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Cli.Reports;

/// <summary>Writes a report on a quantized network as one self-contained HTML file.</summary>
internal static class QuantizationReport
{
    /// <summary>Writes the file atomically.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, string title, QuantizationResult result)
    {
        byte[] content = Encoding.UTF8.GetBytes(Compose(title, result));
        AtomicFile.Write(path, stream => stream.Write(content));
    }

    /// <summary>The file's text.</summary>
    public static string Compose(string title, QuantizationResult result)
    {
        StringBuilder html = new();
        void Add(FormattableString text) => html.Append(FormattableString.Invariant(text));
        string heading = WebUtility.HtmlEncode(title);
        Add($"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">");
        Add($"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">");
        Add($"<title>{heading}</title><style>{HtmlStyle.Sheet}</style></head><body><h1>{heading}</h1>\n<dl class=\"figures\">");
        if (result.Top1Float is double before) Add($"<div><dt>top-1, float</dt><dd>{100 * before:F2} %</dd></div>");
        if (result.Top1Int8 is double after) Add($"<div><dt>top-1, int8</dt><dd>{100 * after:F2} %</dd></div>");
        if (result.Measured > 0) Add($"<div><dt>unchanged of {result.Measured} predictions</dt><dd>{100 * (1 - result.Changed):F2} %</dd></div>");
        Add($"<div><dt>calibrated on</dt><dd>{result.CalibrationPictures} pictures, {result.Calibration}</dd></div>");
        Add($"<div><dt>file</dt><dd>{result.FileBytes / 1e6:F2} MB</dd></div></dl>\n");
        Add($"<h2>Layers</h2>\n<table><tr><th>layer</th><th>bits of input</th><th>bits of weights</th><th>signal to noise, dB</th></tr>\n");
        foreach (QuantizedLayer layer in result.Network.Layers)
        {
            Add($"<tr><td>{WebUtility.HtmlEncode(layer.Path)}</td><td>{layer.ActivationBits}</td><td>{layer.WeightBits}</td>");
            Add($"<td>{layer.SignalToNoise.ToString("F1", CultureInfo.InvariantCulture)}</td></tr>\n");
        }
        foreach (string path in result.Network.KeptFloat) Add($"<tr><td>{WebUtility.HtmlEncode(path)}</td><td colspan=\"3\">float</td></tr>\n");
        Add($"</table>\n</body></html>\n");
        return html.ToString();
    }
}
