using System.CommandLine;
using System.Globalization;
using ResNetManaged.Cli.Commands;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Options;
using ResNetManaged.Datasets;
using ResNetManaged.Models;
using ResNetManaged.Training;
using ResNetManaged.Training.Optimizers;

namespace ResNetManaged.Cli.Training;

/// <summary>The options that say how a network is trained.</summary>
internal sealed class TrainingOptionSet
{
    private static readonly Dictionary<string, Func<IReadOnlyList<ParameterGroup>, Optimizer>> Optimizers = new()
    {
        ["sgd"] = new TrainerOptions().Optimizer,
        ["adamw"] = groups => new AdamW(groups),
    };

    private readonly Option<string?> _model = new("--model") { Description = "The network, one that 'resnet models' lists", HelpName = "NAME" };

    private readonly Option<string> _recipe = new("--recipe")
    {
        Description = $"Settings to start from; {string.Join("; ", TrainingRecipe.All.Select(recipe => $"{recipe.Name}: {recipe.Description}"))}",
        HelpName = "NAME",
        DefaultValueFactory = _ => TrainingRecipe.Cifar10.Name,
    };

    private readonly Option<string?> _validation = new("--validation")
    {
        Description = "Data to measure with after each epoch, or the share of DATA to hold out for it, such as 0.1; none by default",
        HelpName = "DATA|SHARE",
    };

    private readonly Option<int?> _epochs = Whole("--epochs", "Passes over the data");
    private readonly Option<int?> _batch = Whole("--batch", "Images in a step; by default the recipe's, or all where there are fewer");
    private readonly Option<int?> _microBatches = Whole("--micro-batches", "Parts in which a step is computed, to save memory");
    private readonly Option<bool> _recompute = new("--recompute") { Description = "Computes activations again instead of keeping them, to save memory" };
    private readonly Option<double?> _learningRate = Number("--lr", "The largest learning rate");
    private readonly Option<string?> _optimizer = new("--optimizer")
    {
        Description = "The optimizer: sgd (Nesterov, momentum 0.9), the default, or adamw",
        HelpName = string.Join('|', Optimizers.Keys),
    };

    private readonly Option<double?> _weightDecay = Number("--weight-decay", "Weight decay, of all but batch norm and biases");
    private readonly Option<double?> _labelSmoothing = Number("--label-smoothing", "The share of a label that is spread over all classes", most: 1);
    private readonly Option<double?> _mixup = Number("--mixup", "Mixes pairs of images with shares of Beta(A, A)", "A");
    private readonly Option<double?> _movingAverage = Number("--ema", "Averages the weights: the share that a step keeps, such as 0.999");
    private readonly Option<double?> _clipNorm = Number("--clip-norm", "The largest norm of the gradients");
    private readonly Option<int?> _patience = Whole("--patience", "Ends the run when validation was not better for so many epochs");
    private readonly Option<double?> _timeBudget = Number("--time-budget", "Trains for as many epochs as fit into so many minutes", "MINUTES");
    private readonly Option<int?> _checkpointSteps = Whole("--checkpoint-steps", "Steps between checkpoints; there is one every 5 minutes and every epoch");
    private readonly Option<int?> _logSteps = Whole("--log-steps", "Steps from one line of the log to the next; 50 by default");
    private readonly Option<bool> _skip = new("--skip-unreadable") { Description = "Skips and lists images that cannot be read, instead of failing" };

    private readonly Option<ulong> _seed = new("--seed")
    {
        Description = "What first weights, order, augmentation and the held-out share follow from; 0 by default",
        HelpName = "N",
        CustomParser = result =>
        {
            if (ulong.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed)) return seed;
            result.AddError($"--seed '{result.Tokens[0].Value}' is not a whole number from 0 on");
            return 0;
        },
    };

    private Option[] All =>
    [
        _model, _recipe, _validation, _epochs, _timeBudget, _batch, _microBatches, _recompute, _learningRate, _optimizer, _weightDecay, _labelSmoothing, _mixup,
        _movingAverage, _clipNorm, _patience, _seed, _skip, _checkpointSteps, _logSteps,
    ];

    /// <summary>Those that checkpoints keep: all of them.</summary>
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
        foreach (Option option in All) command.Add(option);
    }

    public string ModelOf(ParseResult arguments) =>
        arguments.GetValue(_model) ?? throw new UsageException("--model is missing: the network to train; 'resnet models' lists them");

    public TrainingRecipe RecipeOf(ParseResult arguments) => TrainingRecipe.All.First(recipe => recipe.Name == arguments.GetValue(_recipe));

    public string? ValidationOf(ParseResult arguments) => arguments.GetValue(_validation);

    public ulong SeedOf(ParseResult arguments) => arguments.GetValue(_seed);

    /// <summary>A recipe's settings with those that were given in their place.</summary>
    /// <param name="arguments">What was given.</param>
    /// <param name="recipe">The recipe's settings.</param>
    /// <param name="images">The number of training images, which bounds the recipe's batch.</param>
    public TrainerOptions Apply(ParseResult arguments, TrainerOptions recipe, int images) => recipe with
    {
        Epochs = arguments.GetValue(_epochs) ?? recipe.Epochs,
        TimeBudget = arguments.GetValue(_timeBudget) is double minutes ? TimeSpan.FromMinutes(minutes) : null,
        BatchSize = arguments.GetValue(_batch) ?? Math.Min(recipe.BatchSize, images),
        MicroBatches = arguments.GetValue(_microBatches) ?? recipe.MicroBatches,
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
        Corrupt = arguments.GetValue(_skip) ? CorruptImages.Skip : CorruptImages.Fail,
        CheckpointSteps = arguments.GetValue(_checkpointSteps),
        LogSteps = arguments.GetValue(_logSteps) ?? recipe.LogSteps,
    };

    private static Option<int?> Whole(string name, string description) =>
        new(name) { Description = description, HelpName = "N", CustomParser = OptionRules.OptionalAtLeast(1) };

    private static Option<double?> Number(string name, string description, string helpName = "X", double most = double.MaxValue) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = result =>
        {
            double value = OptionRules.AtLeast(0.0)(result);
            if (value > most) result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} '{value}' is above {most}"));
            return value;
        },
    };
}
