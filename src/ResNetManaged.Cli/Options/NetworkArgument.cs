using System.CommandLine;
using ResNetManaged.Cli.Commands;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Cli.Output;
using ResNetManaged.Inference;
using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Pretrained;

namespace ResNetManaged.Cli.Options;

/// <summary>The argument of commands that describe a network: MODEL, or a checkpoint.</summary>
internal sealed class NetworkArgument
{
    private readonly ReadingOptions _reading = new();

    private readonly Argument<ModelReference> _model = new("MODEL")
    {
        Description = "A network of 'resnet models', or a module in it as NAME.PATH, such as textbook_resnet34.layer2_x; or a checkpoint: "
            + "a file, a folder or the name of a network that 'resnet pull' has fetched",
        CustomParser = result => IsFile(result.Tokens[0].Value) ? new ModelReference(result.Tokens[0].Value, "") : ModelReference.Parse(result),
    };

    public void AddTo(CliCommand command)
    {
        command.Add(_model);
        _reading.AddTo(command);
    }

    /// <summary>Creates the network; or loads it, in evaluation mode, and prints what its file holds.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="session">Where to print.</param>
    /// <param name="numClasses">The number of classes of a network that is created; null for the variant's own.</param>
    /// <exception cref="UsageException">There is no such module, or the option does not apply.</exception>
    public (ModelReference Reference, ImageNetwork Model, Module Module) Create(ParseResult arguments, Session session, int? numClasses = null)
    {
        ModelReference reference = arguments.GetRequiredValue(_model);
        if (!IsFile(reference.Variant))
        {
            if (_reading.AreGiven(arguments)) throw new UsageException($"--names and --ema need a checkpoint; '{reference}' is a network's name");
            (ImageNetwork created, Module module) = reference.Create(numClasses);
            return (reference, created, module);
        }
        if (numClasses is not null)
            throw new UsageException($"--num-classes needs a network's name; '{reference}' is a checkpoint, which has its own classes");
        string path = WeightsPath.Of(reference.Variant);
        InputFile.RequireWeights(path);
        ImageNetwork loaded = NetworkFile.Load(path, _reading.Read(arguments));
        WeightsDescription.Write(session.Out, loaded);
        session.Out.WriteLine();
        return (reference, loaded, loaded);
    }

    /// <summary>
    /// Whether an argument is a checkpoint: a path that exists, a text that looks like one, or a pulled network's name. No module's name ends like a
    /// checkpoint's.
    /// </summary>
    public static bool IsFile(string text) => Path.Exists(text) || PretrainedNetworks.IsName(text) || text.Contains('/') || text.Contains('\\')
        || WeightsPath.HasExtension(text);
}
