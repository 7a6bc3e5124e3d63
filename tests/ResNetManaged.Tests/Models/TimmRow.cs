using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using ResNetManaged.Models;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;
using ResNetManaged.Tests.Support.Files;

namespace ResNetManaged.Tests.Models;

/// <summary>One network of Goldens/timm.tsv.</summary>
internal sealed partial record TimmRow(string Name, long Parameters, int Entries, string Hash, int Side, int Outputs, double Largest, double[] Logits, string Options)
{
    /// <summary>All rows.</summary>
    public static IReadOnlyList<TimmRow> All { get; } =
        [.. GoldenFiles.ReadText("timm.tsv").Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(Parse)];

    /// <summary>The name, and the options if there are any.</summary>
    public string Title => $"{Name} {Options}".TrimEnd();

    /// <summary>The network's configuration.</summary>
    public ResNetConfig Config
    {
        get
        {
            ResNetConfig config = ResNetVariants.Get(Name);
            return config with
            {
                NumClasses = Number("num_classes") ?? config.NumClasses,
                InChannels = Number("in_chans") ?? config.InChannels,
                OutputStride = Number("output_stride") ?? config.OutputStride,
                GlobalPool = PoolName().Match(Options).Groups[1].Value switch
                {
                    "" => GlobalPooling.Average,
                    "max" => GlobalPooling.Max,
                    "avgmax" => GlobalPooling.AverageOfBoth,
                    "catavgmax" => GlobalPooling.Both,
                    string other => throw new InvalidDataException($"timm.tsv: there is no pooling '{other}'."),
                },
            };
        }
    }

    /// <summary>The shape of the input.</summary>
    public Shape Input => [2, Config.InChannels, Side, Side];

    /// <summary>The row of a title.</summary>
    public static TimmRow Find(string title) => All.Single(row => row.Title == title);

    /// <summary>The SHA-256 of a text, in hexadecimal digits.</summary>
    public static string HashOf(string lines) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines)));

    /// <summary>An entry of the state dict: random, seeded by its name.</summary>
    public static Tensor Weights(string path, Shape shape)
    {
        if (path.EndsWith("num_batches_tracked", StringComparison.Ordinal)) return Tensor.Zeros(shape);
        Tensor tensor = Tensor.Uniform(shape, new TorchGenerator(Checksum.Crc32(Encoding.UTF8.GetBytes(path))));
        int fanIn = 1;
        for (int i = 1; i < shape.Rank; i++) fanIn *= shape[i];
        (float scale, float shift) = path switch
        {
            _ when path.EndsWith("running_mean", StringComparison.Ordinal) => (0.4f, -0.2f),
            _ when path.EndsWith("running_var", StringComparison.Ordinal) => (1f, 0.5f),
            _ when shape.Rank > 1 => (2f, -1f),
            _ => path.EndsWith("weight", StringComparison.Ordinal) ? (1f, 0.5f) : (0.4f, -0.2f),
        };
        float factor = shape.Rank > 1 ? (float)Math.Sqrt(3.0 / fanIn) : 1f;
        foreach (ref float value in tensor.Span) value = (value * scale + shift) * factor;
        return tensor;
    }

    private static TimmRow Parse(string line)
    {
        string[] cells = line.Split('\t');
        int Integer(int cell) => int.Parse(cells[cell], CultureInfo.InvariantCulture);
        double[] logits = [.. cells[7].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
        double largest = cells[6].Length == 0 ? 0 : double.Parse(cells[6], CultureInfo.InvariantCulture); // the largest networks have names and shapes only
        return new TimmRow(cells[0], long.Parse(cells[1], CultureInfo.InvariantCulture), Integer(2), cells[3], Integer(4), Integer(5), largest, logits, cells[8]);
    }

    private int? Number(string option)
    {
        Match match = Regex.Match(Options, $"'{option}': (\\d+)");
        return match.Success ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : null;
    }

    [GeneratedRegex("'global_pool': '(\\w+)'")]
    private static partial Regex PoolName();
}
