using System.CommandLine;
using ResNetManaged.Cli.Commands;
using ResNetManaged.Cli.Commands.Corpus;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Options;
using ResNetManaged.Cli.Training;
using ResNetManaged.Corpus;
using ResNetManaged.Imaging;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Models;

namespace ResNetManaged.Cli.Corpus;

/// <summary>The network of a plan. Its options are kept in the plan, so that a run needs none.</summary>
internal sealed class PlannedNetwork
{
    private readonly NetworkOptions _options = new(BuiltInNetwork.Features);
    private readonly ClassNames _classes = new();

    /// <summary>Whether the weights were given; the built-in network has no classes.</summary>
    public bool HasWeights(ParseResult arguments) => _options.HaveWeights(arguments);

    /// <summary>What the user calls the network.</summary>
    public string NameOf(ParseResult arguments) => _options.NameOfWeights(arguments);

    /// <summary>How pictures' files are read.</summary>
    public ImageFileOptions Files(ParseResult arguments) => _options.Files(arguments);

    /// <summary>Adds the options of the network.</summary>
    public void AddTo(CliCommand command)
    {
        _options.AddTo(command);
        _classes.AddTo(command);
    }

    /// <summary>Loads the network, in evaluation mode.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="session">The context.</param>
    /// <param name="classifies">Whether it needs classes.</param>
    /// <exception cref="CommandFailedException">It does not fit, or there is no such file.</exception>
    public ImageNetwork Load(ParseResult arguments, Session session, bool classifies)
    {
        _classes.Require(arguments);
        ImageNetwork model = _options.LoadForImages(arguments, session);
        if (!classifies) return model;
        _options.RequireHead(arguments, model);
        _classes.NameClasses(arguments, model);
        return model;
    }

    /// <summary>The options that were given, for the plan. Paths become absolute, since a run may start elsewhere.</summary>
    public Dictionary<string, string> Settings(ParseResult arguments) => new SavedOptions([.. _options.All, _classes.Option]).Given(arguments)
        .ToDictionary(option => option.Name, option => Path.Exists(option.Value) ? Path.GetFullPath(option.Value) : option.Value);

    /// <summary>Loads a plan's network and creates its runner.</summary>
    /// <exception cref="CorpusException">The weights have changed.</exception>
    /// <exception cref="CommandFailedException">The weights are missing, or the processor lacks the plan's vector width.</exception>
    /// <exception cref="UsageException">An option contradicts the plan.</exception>
    public static CorpusRunner CreateRunner(CorpusPlan plan, Session session)
    {
        ExecutionOptions execution = session.Execution;
        if (execution.Simd != SimdPath.Auto && execution.Simd != plan.Simd)
            throw new UsageException($"--isa {SimdDispatch.NameOf(execution.Simd)} was given; the corpus was planned for {SimdDispatch.NameOf(plan.Simd)}");
        if (execution.Precision != Precision.Fast && execution.Precision != plan.Precision)
            throw new UsageException($"--precision {OptionRules.NameOf(execution.Precision)} was given; the corpus was planned with {OptionRules.NameOf(plan.Precision)}");
        return new CorpusRunner(plan, LoadNetwork(plan, session), execution.Threads);
    }

    /// <summary>Loads a plan's network.</summary>
    private static ImageNetwork LoadNetwork(CorpusPlan plan, Session session)
    {
        if (!SimdDispatch.Accelerated.Contains(plan.Simd) && plan.Simd != SimdPath.Portable)
        {
            throw new CommandFailedException($"the corpus was planned for vectors of {SimdDispatch.NameOf(plan.Simd)} bits, which this processor or build does not have; "
                + "plan it in another folder with the --isa that all machines have, such as --isa 256");
        }
        CorpusPlanCommand command = new();
        ParseResult arguments = command.Parse(["-", "--output=-", .. plan.Settings.Select(setting => $"{setting.Key}={setting.Value}")]);
        if (arguments.Errors.Count > 0) throw new CommandFailedException($"the plan '{plan.Folder}' has an option that is not valid: {ErrorText.OneLine(arguments.Errors[0].Message)}");
        return command.LoadNetwork(arguments, session, plan.Classes > 0);
    }
}
