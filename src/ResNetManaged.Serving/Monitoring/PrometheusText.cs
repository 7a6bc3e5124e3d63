using System.Globalization;
using System.Text;

namespace ResNetManaged.Serving.Monitoring;

/// <summary>Writes metrics in Prometheus' text format, version 0.0.4.</summary>
internal sealed class PrometheusText
{
    public const string MediaType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();

    /// <summary>Begins a metric, whose samples follow.</summary>
    public void Metric(string name, string type, string help) => _text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    /// <summary>Writes a sample.</summary>
    public void Sample(string name, double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        _text.Append(name);
        for (int i = 0; i < labels.Length; i++)
            _text.Append(i == 0 ? '{' : ',').Append(labels[i].Name).Append("=\"").Append(Escape(labels[i].Value)).Append('"');
        if (labels.Length > 0) _text.Append('}');
        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    /// <summary>Writes a metric with one sample.</summary>
    public void Single(string name, string type, string help, double value)
    {
        Metric(name, type, help);
        Sample(name, value);
    }

    /// <summary>Writes the samples of a histogram with one label.</summary>
    public void Samples(string name, Histogram histogram, string label, string value)
    {
        long count = 0;
        foreach ((long upTo, double bound) in histogram.Cumulative().Zip(histogram.Bounds.Append(double.PositiveInfinity)))
        {
            Sample(name + "_bucket", upTo, (label, value), ("le", Number(bound)));
            count = upTo;
        }
        Sample(name + "_sum", histogram.Sum, (label, value));
        Sample(name + "_count", count, (label, value));
    }

    public override string ToString() => _text.ToString();

    private static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Escape(string text) => text.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n");
}
