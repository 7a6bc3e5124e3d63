using System.CommandLine;
using System.Globalization;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Cli.Options;
using ResNetManaged.Cli.Output;
using ResNetManaged.Cli.Reports;
using ResNetManaged.Models;
using ResNetManaged.Plans;
using ResNetManaged.Quantization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Cli.Commands;

/// <summary>Quantizes a network to int8 and measures what that changes.</summary>
internal sealed class QuantizeCommand : CliCommand
{
    private const int DefaultImages = 200, BatchSize = 16;
    private const string Auto = "auto";

    /// <summary>What <c>--keep-float auto</c> accepts: a loss of top-1 accuracy, or changed predictions if there are no labels.</summary>
    private const double MostLoss = 0.003, MostChanged = 0.02;

    /// <summary>The most layers that <c>--keep-float auto</c> keeps.</summary>
    private const int MostKept = 6;

    private static readonly Dictionary<string, CalibrationMethod> Methods = new()
    {
        ["mse"] = CalibrationMethod.MeanSquareError,
        ["min-max"] = CalibrationMethod.MinMax,
        ["percentile"] = CalibrationMethod.Percentile,
        ["entropy"] = CalibrationMethod.Entropy,
    };

    private static readonly Dictionary<string, QuantizedBits> BitNames = new()
    {
        [Auto] = QuantizedBits.Auto,
        ["7"] = QuantizedBits.Seven,
        ["8"] = QuantizedBits.Eight,
    };

    private readonly Argument<string> _data = new("DATA")
    {
        Description = "Pictures like those that the network will see: a folder of them, or labeled data as 'evaluate' reads it",
    };

    private readonly NetworkOptions _network = new();

    private readonly Option<string> _output = new("--output") { Description = "The .safetensors file to write", HelpName = "F", Required = true };

    private readonly Option<string> _calibration = Choice("--calibration", "How ranges follow from the pictures", Methods.Keys);

    private readonly Option<string> _bits = Choice("--bits", "Bits of weights and activations; auto has 7, and 8 where that matters; 7 is fastest", BitNames.Keys);

    private readonly Option<int> _images = new("--images")
    {
        Description = "Pictures to calibrate with, at most half of DATA; up to 500 others are measured",
        HelpName = "N",
        DefaultValueFactory = _ => DefaultImages,
        CustomParser = OptionRules.AtLeast(1),
    };

    private readonly Option<string?> _keepFloat = new("--keep-float")
    {
        Description = "Layers that keep computing with floats, separated by commas; auto for those with the most noise, until top-1 falls by at most 0.3 points "
            + "or, without labels, 2 % of the predictions change",
        HelpName = "LAYER,...|auto",
    };

    private readonly Option<string?> _report = new("--report") { Description = "Write an HTML report with a line for each layer", HelpName = "F" };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object; top1 values are percentages" };

    public QuantizeCommand()
        : base("quantize", "Quantize a network to int8, calibrated on pictures.",
            "resnet quantize pictures/ --weights resnet50.pth --output resnet50-int8.safetensors",
            "resnet quantize cifar-10-batches-bin/test_batch.bin --output cifar10-int8.safetensors --report int8.html")
    {
        Add(_data);
        _network.AddTo(this);
        Add(_output);
        Add(_calibration);
        Add(_bits);
        Add(_images);
        Add(_keepFloat);
        Add(_report);
        Add(_json);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        string output = arguments.GetRequiredValue(_output);
        if (!Path.GetExtension(output).Equals(".safetensors", StringComparison.OrdinalIgnoreCase))
            throw new UsageException($"--output '{output}': expected a name that ends in .safetensors");
        InputFile.RequireWritable(output);
        if (arguments.GetValue(_report) is string named) InputFile.RequireWritable(named);
        ImageNetwork model = _network.Load(arguments, session);
        _network.RequireHead(arguments, model);
        if (model.Quantization is not null) throw new CommandFailedException($"{_network.NameOfWeights(arguments)} is quantized already; expected float weights");
        CalibrationPictures pictures = CalibrationPictures.Open(arguments.GetRequiredValue(_data), model, _network.Files(arguments), arguments.GetValue(_images), session);
        if (pictures.Measured.Count == 0) session.Warn("there is no other picture to measure the quantized network on");

        string method = arguments.GetRequiredValue(_calibration);
        Quantizer quantizer = new(model, new QuantizerOptions
        {
            Calibration = Methods[method],
            Bits = BitNames[arguments.GetRequiredValue(_bits)],
            Threads = session.Execution.Threads,
        });
        session.WithProgress("calibrate", pictures.Calibration.Count, printsMeanwhile: false, progress =>
        {
            try
            {
                ForEachBatch(pictures.Calibration, pictures, session, progress, (_, batch) => quantizer.Observe(batch));
            }
            catch (NotFiniteNumberException)
            {
                throw OutputCheck.NotFinite("logits", _network.NameOfWeights(arguments));
            }
            return true;
        });
        int[] before = Predict(model, pictures, "float", session);
        QuantizationResult result = Quantize(arguments, quantizer, model, pictures, before, session);
        session.Cancellation.ThrowIfCancellationRequested();
        result.Network.Save(output);
        result = result with { Calibration = method, CalibrationPictures = quantizer.Pictures, FileBytes = new FileInfo(output).Length };
        if (arguments.GetValue(_report) is string report) QuantizationReport.Write(report, $"{model.Title} in int8", result);
        if (arguments.GetValue(_json)) JsonLine.Write(session.Out, result.WriteTo);
        else Print(session.Out, output, model, result);
        return ExitCode.Done;
    }

    /// <summary>Quantizes; with <c>--keep-float auto</c> keeps the layer with the most noise, then the next, until the loss is small.</summary>
    private QuantizationResult Quantize(ParseResult arguments, Quantizer quantizer, ImageNetwork model, CalibrationPictures pictures, int[] before, Session session)
    {
        string? keep = arguments.GetValue(_keepFloat);
        List<string> kept = keep is null or Auto ? [] : [.. keep.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
        while (true)
        {
            QuantizedNetwork network = QuantizeKeeping(quantizer, kept);
            int[] after = Predict(model, pictures, "int8", session);
            QuantizationResult result = QuantizationResult.Of(network, pictures, before, after);
            bool isGood = result.Top1Loss is double loss ? loss <= MostLoss : result.Changed <= MostChanged;
            if (keep != Auto || isGood || kept.Count == MostKept || network.Layers.Count == 0 || before.Length == 0) return result;
            string noisiest = network.Layers.MinBy(layer => layer.SignalToNoise)!.Path;
            session.Note($"{Describe(result)}: keeps {noisiest} in float");
            kept.Add(noisiest);
        }
    }

    private static QuantizedNetwork QuantizeKeeping(Quantizer quantizer, List<string> kept)
    {
        try
        {
            return quantizer.Quantize(kept);
        }
        catch (ArgumentException exception) when (exception.ParamName == "keepFloat")
        {
            throw new UsageException($"--keep-float: {exception.Message[..exception.Message.IndexOf(" (Parameter", StringComparison.Ordinal)].TrimEnd('.')}");
        }
    }

    /// <summary>The predicted class of each measured picture.</summary>
    private static int[] Predict(ImageNetwork model, CalibrationPictures pictures, string title, Session session)
    {
        CompiledModel compiled = model.Compile(session.Execution);
        int[] predicted = new int[pictures.Measured.Count];
        return session.WithProgress(title, predicted.Length, printsMeanwhile: false, progress =>
        {
            ForEachBatch(pictures.Measured, pictures, session, progress, (start, batch) =>
            {
                Tensor logits = compiled.Run(batch);
                int classes = logits.Shape[1];
                for (int i = 0; i < batch.Shape[0]; i++)
                    predicted[start + i] = System.Numerics.Tensors.TensorPrimitives.IndexOfMax(logits.ReadOnlySpan.Slice(i * classes, classes));
            });
            return predicted;
        });
    }

    private static void ForEachBatch(IReadOnlyList<int> indices, CalibrationPictures pictures, Session session, IProgress<int>? progress, Action<int, Tensor> use)
    {
        for (int start = 0; start < indices.Count; start += BatchSize)
        {
            session.Cancellation.ThrowIfCancellationRequested();
            int[] batch = [.. indices.Skip(start).Take(BatchSize)];
            use(start, pictures.Load(batch, session));
            progress?.Report(start + batch.Length);
        }
    }

    private static void Print(TextWriter output, string path, ImageNetwork model, QuantizationResult result)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{path}: {model.Title}, {result.FileBytes} bytes, {result.Network.Layers.Count} layers in int8, calibrated on {result.CalibrationPictures} pictures"));
        if (result.Network.KeptFloat.Count > 0) output.WriteLine($"float: {string.Join(", ", result.Network.KeptFloat)}");
        if (result.Measured > 0) output.WriteLine(Describe(result));
    }

    private static string Describe(QuantizationResult result)
    {
        string same = string.Create(CultureInfo.InvariantCulture, $"{100 * (1 - result.Changed):F2} % of {result.Measured} predictions unchanged");
        return result.Top1Float is double before && result.Top1Int8 is double after
            ? string.Create(CultureInfo.InvariantCulture, $"top-1 {100 * before:F2} % in float, {100 * after:F2} % in int8; {same}")
            : same;
    }

    private static Option<string> Choice(string name, string description, ICollection<string> values)
    {
        Option<string> option = new(name) { Description = description, HelpName = string.Join('|', values), DefaultValueFactory = _ => values.First() };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !values.Contains(token.Value)) result.AddError($"{name} '{token.Value}' is unknown; expected {string.Join('|', values)}");
        });
        return option;
    }
}
