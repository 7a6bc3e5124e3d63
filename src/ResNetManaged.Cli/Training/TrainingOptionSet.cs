using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ResNetManaged.Cli.Commands;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Options;
using ResNetManaged.Datasets;
using ResNetManaged.Models;
using ResNetManaged.Training;
using ResNetManaged.Training.Optimizers;

namespace ResNetManaged.Cli.Training;

/// <summary>The options for training a network.</summary>
internal sealed class TrainingOptionSet
{
    private const double MostMinutes = 366 * 24 * 60; // a year

    private static readonly Dictionary<string, Func<IReadOnlyList<ParameterGroup>, Optimizer>> Optimizers = new()
    {
        ["sgd"] = new TrainerOptions().Optimizer,
        ["adamw"] = groups => new AdamW(groups),
    };

    private readonly Option<string?> _model = new("--model") { Description = "The network, one of 'resnet models'", HelpName = "NAME" };

    private readonly Option<string> _recipe = new("--recipe")
    {
        Description = $"Settings to start from; {string.Join("; ", TrainingRecipe.All.Select(recipe => $"{recipe.Name}: {recipe.Description}"))}",
        HelpName = "NAME",
        DefaultValueFactory = _ => TrainingRecipe.Cifar10.Name,
    };

    private readonly Option<string?> _validation = new("--validation")
    {
        Description = "Validation images, measured after each epoch: other DATA, or the share of DATA to hold out, such as 0.1; none by default",
        HelpName = "DATA|SHARE",
    };

    private readonly Option<int?> _epochs = Whole("--epochs", "Passes over the data");
    private readonly Option<int?> _batch = Whole("--batch", "Images in a step; by default the recipe's number, or all if there are fewer");
    private readonly Option<int?> _microBatches = Whole("--micro-batches", "Parts to compute a step in, one after another, to save memory");

    private readonly Option<string> _reduction = new("--reduction")
    {
        Description = "How the parts' gradients are summed: chain, or tree, a fixed binary tree whose bits do not depend on which process computes which part",
        HelpName = "chain|tree",
        DefaultValueFactory = _ => "chain",
    };

    private readonly Option<bool> _recompute = new("--recompute") { Description = "Compute activations again instead of keeping them, to save memory" };
    private readonly Option<double?> _learningRate = Number("--lr", "The largest learning rate", OptionRules.AtLeast(0.0));

    private readonly Option<string?> _optimizer = new("--optimizer")
    {
        Description = "The optimizer: sgd (Nesterov, momentum 0.9), the default, or adamw",
        HelpName = string.Join('|', Optimizers.Keys),
    };

    private readonly Option<double?> _weightDecay = Number("--weight-decay", "Weight decay; batch norm and biases have none", OptionRules.AtLeast(0.0));
    private readonly Option<double?> _labelSmoothing = Number("--label-smoothing", "The share of a label spread over all classes", OptionRules.AtLeast(0, 1));
    private readonly Option<double?> _mixup = Number("--mixup", "Mix pairs of images, with shares drawn from Beta(A, A)", OptionRules.Positive(), "A");
    private readonly Option<double?> _movingAverage = Number("--ema", "Average the weights; X is the share kept in each step, such as 0.999", OptionRules.BelowOne);
    private readonly Option<double?> _clipNorm = Number("--clip-norm", "The largest norm of the gradients", OptionRules.Positive());
    private readonly Option<int?> _patience = Whole("--patience", "Stop after this many epochs without a better validation result");

    private readonly Option<double?> _timeBudget =
        Number("--time-budget", "Train for as many epochs as fit into this many minutes", OptionRules.Positive(MostMinutes), "MINUTES");

    private readonly Option<int?> _checkpointSteps =
        Whole("--checkpoint-steps", "Steps between checkpoints; by default one is saved every 5 minutes and after each epoch");
    private readonly Option<int?> _logSteps = Whole("--log-steps", "Steps between lines of the log; 50 by default");
    private readonly Option<bool> _skip = new("--skip-unreadable") { Description = "Skip unreadable images and list them, instead of failing" };

    private readonly Option<ulong> _seed = new("--seed")
    {
        Description = "Seed for the initial weights, order, augmentation and held-out share; 0 by default",
        HelpName = "N",
        CustomParser = result =>
        {
            if (ulong.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed)) return seed;
            result.AddError($"--seed '{result.Tokens[0].Value}' is not a whole number of at least 0");
            return 0;
        },
    };

    private Option[] All =>
    [
        _model, _recipe, _validation, _epochs, _timeBudget, _batch, _microBatches, _reduction, _recompute, _learningRate, _optimizer, _weightDecay,
        _labelSmoothing, _mixup, _movingAverage, _clipNorm, _patience, _seed, _skip, _checkpointSteps, _logSteps,
    ];

    /// <summary>The options that checkpoints keep: all of them.</summary>
    public SavedOptions Saved => new(All);

    public void AddTo(CliCommand command)
    {
        _model.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is string name && !ResNetVariants.TryGet(name, out _))
                result.AddError(ModelReference.Unknown(name));
        });
        _recipe.AcceptOnlyFromAmong([.. TrainingRecipe.All.Select(recipe => recipe.Name)]);
        _optimizer.AcceptOnlyFromAmong([.. Optimizers.Keys]);
        _reduction.AcceptOnlyFromAmong("chain", "tree");
        foreach (Option option in All) command.Add(option);
    }

    public string ModelOf(ParseResult arguments) =>
        arguments.GetValue(_model) ?? throw new UsageException("--model is missing; 'resnet models' lists the networks");

    public TrainingRecipe RecipeOf(ParseResult arguments) => TrainingRecipe.All.First(recipe => recipe.Name == arguments.GetValue(_recipe));

    public string? ValidationOf(ParseResult arguments) => arguments.GetValue(_validation);

    public bool Skips(ParseResult arguments) => arguments.GetValue(_skip);

    public ulong SeedOf(ParseResult arguments) => arguments.GetValue(_seed);

    /// <summary>A recipe's settings, overridden by the given options.</summary>
    /// <param name="arguments">The given options.</param>
    /// <param name="recipe">The recipe's settings.</param>
    /// <param name="images">The number of training images, which limits the recipe's batch.</param>
    public TrainerOptions Apply(ParseResult arguments, TrainerOptions recipe, int images) => recipe with
    {
        Epochs = arguments.GetValue(_epochs) ?? recipe.Epochs,
        TimeBudget = arguments.GetValue(_timeBudget) is double minutes ? TimeSpan.FromMinutes(minutes) : null,
        BatchSize = arguments.GetValue(_batch) ?? Math.Min(recipe.BatchSize, images),
        MicroBatches = arguments.GetValue(_microBatches) ?? recipe.MicroBatches,
        ReducesInTree = arguments.GetValue(_reduction) == "tree",
        Recompute = arguments.GetValue(_recompute),
        LearningRate = arguments.GetValue(_learningRate) ?? recipe.LearningRate,
        Optimizer = arguments.GetValue(_optimizer) is string optimizer ? Optimizers[optimizer] : recipe.Optimizer,
        WeightDecay = arguments.GetValue(_weightDecay) ?? recipe.WeightDecay,
        LabelSmoothing = arguments.GetValue(_labelSmoothing) ?? recipe.LabelSmoothing,
        Mixup = arguments.GetValue(_mixup) ?? recipe.Mixup,
        MovingAverage = arguments.GetValue(_movingAverage) ?? recipe.MovingAverage,
        ClipNorm = arguments.GetValue(_clipNorm) ?? recipe.ClipNorm,
        Patience = arguments.GetValue(_patience),
        Seed = arguments.GetValue(_seed),
        Corrupt = Skips(arguments) ? CorruptImages.Skip : CorruptImages.Fail,
        CheckpointSteps = arguments.GetValue(_checkpointSteps),
        LogSteps = arguments.GetValue(_logSteps) ?? recipe.LogSteps,
    };

    private static Option<int?> Whole(string name, string description) =>
        new(name) { Description = description, HelpName = "N", CustomParser = OptionRules.OptionalAtLeast(1) };

    private static Option<double?> Number(string name, string description, Func<ArgumentResult, double> parse, string helpName = "X") =>
        new(name) { Description = description, HelpName = helpName, CustomParser = result => parse(result) };
}
