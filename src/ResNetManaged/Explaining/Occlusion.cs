using ResNetManaged.Models;
using ResNetManaged.Plans;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;

namespace ResNetManaged.Explaining;

/// <summary>Occlusion sensitivity: which parts of a picture, when covered, make a class less probable. It needs nothing of the network but its answers.</summary>
/// <remarks>
/// Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional Networks", arXiv:1311.2901, section 4.2: a grey square is put on the network's input at
/// one position after another. The square is the preset's mean colour; its positions are the centres of an even grid, and it is cut off at the border.
/// Safe to use from many threads; nothing needs disposing.
/// </remarks>
public sealed class Occlusion
{
    private const int DefaultPatchesOnSide = 5, DefaultStepsOnSide = 10;
    private const int ElementsInBatch = 1 << 20; // 6 images of 224 x 224: bounds the memory of a forward pass
    private const int MostImagesInBatch = 64;

    private readonly ExplainedNetwork _network;
    private readonly CompiledModel _compiled;
    private readonly int _batchSize;

    /// <summary>Compiles the network.</summary>
    /// <param name="model">The network, in evaluation mode; it takes three channels.</param>
    /// <param name="preset">How an image becomes its input; null for <see cref="Inference.ImageClassifier.DefaultPreset"/>.</param>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <param name="patchSize">The side of the square in pixels of the input; null for a fifth of its shorter side, 44 of 224.</param>
    /// <param name="stride">Pixels from one position to the next, at most; null for a tenth of the shorter side, 22 of 224, which makes 121 positions.</param>
    /// <exception cref="ArgumentException">The network is in training mode or takes other channels.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="patchSize"/> or <paramref name="stride"/> is below 1.</exception>
    public Occlusion(ResNet model, ImagePreset? preset = null, ExecutionOptions? options = null, int? patchSize = null, int? stride = null)
    {
        _network = new ExplainedNetwork("Occlusion", model, preset, options);
        Size2D input = Preset.Crop;
        int side = Math.Min(input.Height, input.Width);
        PatchSize = patchSize ?? Math.Max(side / DefaultPatchesOnSide, 1);
        int step = stride ?? Math.Max(side / DefaultStepsOnSide, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(PatchSize, nameof(patchSize));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(step, nameof(stride));
        Grid = (((input.Height - 1) / step) + 1, ((input.Width - 1) / step) + 1);
        _batchSize = Math.Clamp(ElementsInBatch / Preset.ElementCount, 1, MostImagesInBatch);
        _compiled = model.Compile(_network.Options);
        _compiled.PlanFor(BatchShape(Math.Min(_batchSize, Grid.Area + 1)));
    }

    /// <summary>The network.</summary>
    public ResNet Model => _network.Model;

    /// <summary>How an image becomes the network's input.</summary>
    public ImagePreset Preset => _network.Preset;

    /// <summary>The side of the square, in pixels of the input.</summary>
    public int PatchSize { get; }

    /// <summary>Rows and columns of positions: the size of <see cref="HeatMap.Map"/>. A picture takes a forward pass for each, and one more.</summary>
    public Size2D Grid { get; }

    /// <summary>Explains a class of a picture.</summary>
    /// <param name="image">The picture, of any size.</param>
    /// <param name="classIndex">The class's position in the logits; null for the most probable one.</param>
    /// <param name="progress">Told the number of forward passes after each batch, up to the positions of <see cref="Grid"/> and one.</param>
    /// <param name="cancellationToken">Looked at between batches.</param>
    /// <returns>The heat map; its <see cref="HeatMap.Map"/> is by how much the class's probability falls, below 0 where it rises.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public HeatMap Explain(RgbImage image, int? classIndex = null, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        (PictureAxis vertical, PictureAxis horizontal) = PictureAxis.Of(image, Preset);
        return Explain(Preset.Apply(image), classIndex, vertical, horizontal, progress, cancellationToken);
    }

    /// <summary>Explains a class of an image that <see cref="Preset"/> has been applied to already.</summary>
    /// <param name="input">The network's input, <c>[1, 3, H, W]</c> of the preset's crop.</param>
    /// <param name="classIndex">The class's position in the logits; null for the most probable one.</param>
    /// <param name="progress">Told the number of forward passes after each batch.</param>
    /// <param name="cancellationToken">Looked at between batches.</param>
    /// <returns>The heat map, in the frame of the input.</returns>
    /// <exception cref="ShapeMismatchException">The input has another shape.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public HeatMap Explain(Tensor input, int? classIndex = null, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        _network.CheckInput(input);
        return Explain(input, classIndex, PictureAxis.OfWindow(Preset.Crop.Height), PictureAxis.OfWindow(Preset.Crop.Width), progress, cancellationToken);
    }

    private HeatMap Explain(Tensor input, int? classIndex, PictureAxis vertical, PictureAxis horizontal, IProgress<int>? progress,
        CancellationToken cancellationToken)
    {
        _network.CheckClass(classIndex);
        Tensor map = Tensor.Zeros([Grid.Height, Grid.Width]);
        ClassScore untouched = default;
        int passes = Grid.Area + 1, classes = Model.Config.NumClasses;
        for (int done = 0; done < passes;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = Math.Min(_batchSize, passes - done);
            ReadOnlySpan<float> logits = _compiled.Run(BatchOf(input, done, count)).ReadOnlySpan;
            if (done == 0) untouched = _network.Score(ExplainedNetwork.ClassOf(classIndex, logits[..classes]), logits[..classes]);
            for (int i = 0; i < count; i++)
            {
                if (done + i == 0) continue;
                ClassScore covered = _network.Score(untouched.Index, logits.Slice(i * classes, classes));
                map.Span[done + i - 1] = untouched.Probability - covered.Probability;
            }
            done += count;
            progress?.Report(done);
        }
        return new HeatMap(map, untouched, vertical, horizontal);
    }

    /// <summary>Some of the pictures to classify: the first of all is the input as it is, each other one has the square at one position.</summary>
    private Tensor BatchOf(Tensor input, int first, int count)
    {
        Tensor batch = Tensor.Uninitialized(BatchShape(count));
        for (int i = 0; i < count; i++)
        {
            Span<float> image = batch.Span.Slice(i * Preset.ElementCount, Preset.ElementCount);
            input.ReadOnlySpan.CopyTo(image);
            if (first + i > 0) Cover(image, first + i - 1);
        }
        return batch;
    }

    /// <summary>Puts the square at a position; 0 is the mean colour of a normalized image.</summary>
    private void Cover(Span<float> image, int position)
    {
        Size2D size = Preset.Crop;
        (int row, int column) = Math.DivRem(position, Grid.Width);
        (int top, int bottom) = Covered(row, Grid.Height, size.Height);
        (int left, int right) = Covered(column, Grid.Width, size.Width);
        for (int channel = 0; channel < RgbImage.Channels; channel++)
            for (int y = top; y < bottom; y++)
                image.Slice(channel * size.Area + y * size.Width + left, right - left).Clear();
    }

    /// <summary>The pixels under the square when its centre is that of a cell of the grid.</summary>
    private (int First, int End) Covered(int cell, int cells, int pixels)
    {
        int first = (int)Math.Round((cell + 0.5) * pixels / cells - PatchSize / 2.0, MidpointRounding.AwayFromZero);
        return (Math.Max(first, 0), Math.Min(first + PatchSize, pixels));
    }

    private Shape BatchShape(int count) => [count, RgbImage.Channels, Preset.Crop.Height, Preset.Crop.Width];
}
