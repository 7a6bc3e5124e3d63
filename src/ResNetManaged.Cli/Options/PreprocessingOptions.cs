using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ResNetManaged.Cli.Commands;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Imaging;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Cli.Options;

/// <summary>The options that say how a picture becomes the network's input. Each overrides what the weights' files say.</summary>
internal sealed class PreprocessingOptions
{
    private const int LongestSide = 4096;

    private readonly Option<int?> _size = new("--size")
    {
        Description = "The network's input in pixels, N x N; without --resize the cropped share stays the same",
        HelpName = "N",
        CustomParser = result => OptionRules.Between(1, LongestSide)(result),
    };

    private readonly Option<int?> _resize = new("--resize")
    {
        Description = "The length to which the shorter side is resized before the crop",
        HelpName = "N",
        CustomParser = result => OptionRules.Between(1, LongestSide)(result),
    };

    private readonly Option<double?> _cropPct = new("--crop-pct")
    {
        Description = "The share of the resized picture's side that the crop keeps, instead of --resize",
        HelpName = "X",
        CustomParser = result => OptionRules.Positive(maximum: 1)(result),
    };

    private readonly Option<Interpolation?> _interpolation = new("--interpolation")
    {
        Description = "The filter for resizing",
        HelpName = string.Join('|', Enum.GetValues<Interpolation>().Select(OptionRules.NameOf)),
        CustomParser = result => OptionRules.NameOf<Interpolation>()(result),
    };

    private readonly Option<RgbValues?> _mean = new("--mean")
    {
        Description = "The mean to subtract from pixels scaled to 0..1",
        HelpName = "R,G,B",
        CustomParser = result => ParseValues(result, isDivisor: false),
    };

    private readonly Option<RgbValues?> _std = new("--std")
    {
        Description = "The standard deviation to divide by",
        HelpName = "R,G,B",
        CustomParser = result => ParseValues(result, isDivisor: true),
    };

    private readonly Option<bool> _upright = new("--upright") { Description = "Turn pictures upright as their EXIF orientation says" };

    public IReadOnlyList<Option> All => [_size, _resize, _cropPct, _interpolation, _mean, _std, _upright];

    public void AddTo(CliCommand command)
    {
        foreach (Option option in All) command.Add(option);
    }

    /// <summary>Adds the options of the preset, without those for files.</summary>
    public void AddPresetTo(CliCommand command)
    {
        foreach (Option option in All.Where(option => option != _upright)) command.Add(option);
    }

    /// <summary>Whether an option of the preset is given.</summary>
    public bool AreGiven(ParseResult arguments) => All.Any(option => option != _upright && arguments.GetResult(option) is { Implicit: false });

    /// <summary>How pictures' files are read.</summary>
    public ImageFileOptions Files(ParseResult arguments) => new() { Upright = arguments.GetValue(_upright) };

    /// <summary>A preset with the given options.</summary>
    /// <exception cref="UsageException">Two options contradict each other.</exception>
    public ImagePreset Apply(ParseResult arguments, ImagePreset preset)
    {
        int? size = arguments.GetValue(_size), resize = arguments.GetValue(_resize);
        double? share = arguments.GetValue(_cropPct);
        if (resize is not null && share is not null) throw new UsageException("--resize and --crop-pct both say how far the picture is resized; give one of them");
        if (size is int side) preset = WithSize(preset, side);
        if (resize is int length) preset = preset with { Resize = length };
        if (share is not null) preset = preset with { CropPct = share };
        return preset with
        {
            Interpolation = arguments.GetValue(_interpolation) ?? preset.Interpolation,
            Mean = arguments.GetValue(_mean) ?? preset.Mean,
            Std = arguments.GetValue(_std) ?? preset.Std,
        };
    }

    /// <summary>Another input of the same cropped share.</summary>
    private static ImagePreset WithSize(ImagePreset preset, int side)
    {
        int crop = Math.Min(preset.Crop.Height, preset.Crop.Width);
        return preset.CropPct is null && preset.Resize is int resize
            ? preset with { Crop = side, Resize = Math.Max((int)((long)side * resize / crop), 1) }
            : preset with { Crop = side };
    }

    private static RgbValues? ParseValues(ArgumentResult result, bool isDivisor)
    {
        string text = result.Tokens[0].Value;
        string[] parts = text.Split(',');
        float[] values = new float[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            bool isNumber = float.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out values[i]) && float.IsFinite(values[i]);
            if (isNumber && !(isDivisor && values[i] <= 0)) continue;
            values = [];
            break;
        }
        if (values is [float red, float green, float blue]) return new RgbValues(red, green, blue);
        result.AddError($"{((OptionResult)result.Parent!).Option.Name} '{text}' is not three {(isDivisor ? "positive " : "")}numbers, such as 0.5,0.5,0.5");
        return null;
    }
}
