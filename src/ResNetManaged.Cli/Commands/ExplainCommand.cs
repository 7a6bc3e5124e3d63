using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Cli.Options;
using ResNetManaged.Cli.Output;
using ResNetManaged.Explaining;
using ResNetManaged.Imaging;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Cli.Commands;

/// <summary>Paints where in an image a network sees a class.</summary>
internal sealed class ExplainCommand : CliCommand
{
    private const string GradCamName = "grad-cam", OcclusionName = "occlusion";

    private readonly Argument<string[]> _paths = ImagePaths.CreateArgument("Image files, folders of images, or - for one image on standard input");

    private readonly Option<string> _output = new("--output")
    {
        Description = "The PNG file to write: the image under its heat map; for several images, a sheet of images next to their heat maps",
        HelpName = "heat.png",
        Required = true,
    };

    private readonly NetworkOptions _network = new();
    private readonly ClassNames _classes = new();

    private readonly Option<string?> _class = new("--class")
    {
        Description = "The class to explain, by index or name; by default each image's most probable one",
        HelpName = "N|NAME",
    };

    private readonly Option<string> _method = new("--method")
    {
        Description = "How to judge: by the gradient of the class's logit (the default), or by covering parts of the image",
        HelpName = $"{GradCamName}|{OcclusionName}",
        DefaultValueFactory = _ => GradCamName,
    };

    private readonly Option<int?> _stage = new("--stage")
    {
        Description = $"The stage whose features {GradCamName} weights, from 1; by default the last",
        HelpName = "N",
        CustomParser = OptionRules.OptionalAtLeast(1),
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object per line" };

    public ExplainCommand()
        : base("explain", "Show where in images a network sees a class, as a heat map.",
            "resnet explain cat.jpg --output heat.png --weights resnet50.pth",
            "resnet explain photos/ --output sheet.png --weights resnet18.safetensors --class 281 --method occlusion --json")
    {
        _method.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: not (GradCamName or OcclusionName) } unknown])
                result.AddError($"--method '{unknown.Value}' is unknown; expected {GradCamName}|{OcclusionName}");
        });
        Add(_paths);
        Add(_output);
        _network.AddTo(this);
        _classes.AddTo(this);
        Add(_class);
        Add(_method);
        Add(_stage);
        Add(_json);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        string output = arguments.GetRequiredValue(_output), method = arguments.GetRequiredValue(_method);
        int? stage = arguments.GetValue(_stage);
        if (stage is not null && method != GradCamName) throw new UsageException($"--stage needs --method {GradCamName}");
        List<ImageSource> images = ImagePaths.Expand(arguments.GetRequiredValue(_paths), _network.Files(arguments), session);
        InputFile.RequireWritable(output);
        _classes.Require(arguments);
        ImageNetwork model = _network.LoadClassifier(arguments, session);
        _classes.NameClasses(arguments, model);
        if (stage > model.StageCount) throw new UsageException($"--stage {stage} is too high; the network has {model.StageCount} stages");
        Func<RgbImage, HeatMap> explainer = Explainer(model, method, FindClass(arguments, model), stage, session);

        Action<string, HeatMap> print = arguments.GetValue(_json)
            ? (file, heat) => JsonLine.Write(session.Out, line => Describe(line, file, method, heat))
            : (file, heat) => Print(session.Out, file, heat);
        HeatMap Explain(RgbImage image) => explainer(image) is var heat && OutputCheck.FaultOf([heat.Probability], "probability", _network.NameOfWeights(arguments)) is { } fault
            ? throw fault
            : heat;
        return session.WithProgress("explain", images.Count, printsMeanwhile: true, progress => ExplainAll(images, Explain, output, print, session, progress));
    }

    /// <summary>Explains the images one after another, then writes the PNG file, unless every image failed.</summary>
    private static int ExplainAll(List<ImageSource> images, Func<RgbImage, HeatMap> explain, string output, Action<string, HeatMap> print, Session session,
        IProgress<int>? progress)
    {
        // About square: each image takes two cells, one for its heat map.
        ContactSheet sheet = new(2 * Math.Max((int)Math.Round(Math.Sqrt(images.Count / 2.0)), 1));
        RgbImage? overlay = null;
        int done = 0;
        foreach (ImageSource source in images)
        {
            session.Cancellation.ThrowIfCancellationRequested();
            if (TryExplain(source, explain, session) is var (image, heat))
            {
                overlay = heat.Overlay(image);
                sheet.Add(image);
                sheet.Add(overlay);
                print(source.Name, heat);
                session.Out.Flush();
            }
            progress?.Report(++done);
        }
        if (overlay is not null) ImageFile.SavePng(images.Count == 1 ? overlay : sheet.ToImage(), output);
        return sheet.Count == 2 * images.Count ? ExitCode.Done : ExitCode.Failed;
    }

    private static Func<RgbImage, HeatMap> Explainer(ImageNetwork model, string method, int? classIndex, int? stage, Session session)
    {
        if (method == OcclusionName)
        {
            Occlusion occlusion = new(model, options: session.Execution);
            return image => occlusion.Explain(image, classIndex, cancellationToken: session.Cancellation);
        }
        GradCam gradCam = new(model, options: session.Execution);
        return image => gradCam.Explain(image, classIndex, stage - 1);
    }

    /// <summary>The class given by --class; null for the most probable one.</summary>
    private int? FindClass(ParseResult arguments, ImageNetwork model)
    {
        if (arguments.GetValue(_class) is not string text) return null;
        int classes = model.NumClasses;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int index))
            return index < classes ? index : throw new UsageException($"--class {index} is too high; the network has {classes} classes, numbered from 0");
        if (model.ClassNames is not { } names) throw new UsageException($"--class '{text}' is a name, but the network has no class names; see --classes");
        for (int i = 0; i < names.Count; i++)
        {
            if (string.Equals(names[i], text, StringComparison.OrdinalIgnoreCase)) return i;
        }
        throw new UsageException($"--class '{text}' is not one of the network's {classes} classes");
    }

    /// <summary>Explains an image. If that fails, reports the error and returns null, so that one bad image does not stop the others.</summary>
    private static (RgbImage Image, HeatMap Heat)? TryExplain(ImageSource source, Func<RgbImage, HeatMap> explain, Session session)
    {
        try
        {
            RgbImage image = source.Load();
            return (image, explain(image));
        }
#pragma warning disable CA1031
        catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
        {
            session.ReportImage(source.Name, exception);
            return null;
        }
    }

    private static void Describe(Utf8JsonWriter line, string file, string method, HeatMap heat)
    {
        line.WriteString("file", file);
        line.WriteString("method", method);
        line.WriteNumber("index", heat.ClassIndex);
        line.WriteString("label", heat.Label);
        line.WriteFinite("probability", heat.Probability);
    }

    private static void Print(TextWriter output, string file, HeatMap heat)
    {
        output.WriteLine(file);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {100 * heat.Probability,6:F2} %  {heat.ClassIndex,4}  {heat.Label}").TrimEnd());
    }
}
