using ResNetManaged.Models;
using ResNetManaged.Plans;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;

namespace ResNetManaged.Explaining;

/// <summary>
/// Occlusion sensitivity: shows which parts of a picture make a class less probable when covered. It uses only the network's outputs.
/// </summary>
/// <remarks>
/// Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional Networks", arXiv:1311.2901, section 4.2: a gray square covers one position of the
/// network's input after another. The square has the preset's mean color, is centered on the cells of an even grid, and is clipped at the border.
/// Thread-safe; nothing needs to be disposed.
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
    /// <param name="model">The network, in evaluation mode, with three input channels.</param>
    /// <param name="preset">How an image becomes the network's input; null for the network's own, or <see cref="Inference.ImageClassifier.DefaultPreset"/> if it has none.</param>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <param name="patchSize">The side of the square in input pixels; null for a fifth of the input's shorter side (44 of 224).</param>
    /// <param name="stride">The largest distance between positions in input pixels; null for a tenth of the shorter side (22 of 224: 121 positions).</param>
    /// <exception cref="ArgumentException">The network is in training mode or does not take three channels.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="patchSize"/> or <paramref name="stride"/> is below 1.</exception>
    public Occlusion(ImageNetwork model, ImagePreset? preset = null, ExecutionOptions? options = null, int? patchSize = null, int? stride = null)
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

    /// <summary>How an image becomes the network's input.</summary>
    internal ImagePreset Preset => _network.Preset;

    /// <summary>The side of the square in input pixels.</summary>
    internal int PatchSize { get; }

    /// <summary>
    /// The rows and columns of positions: the size of <see cref="HeatMap.Map"/>. A picture takes one forward pass per position, plus one.
    /// </summary>
    internal Size2D Grid { get; }

    /// <summary>Explains a class of a picture.</summary>
    /// <param name="image">The picture, of any size.</param>
    /// <param name="classIndex">The class's index in the logits; null for the most probable class.</param>
    /// <param name="progress">Receives the number of finished forward passes after each batch.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <returns>The heat map in the picture's frame; its <see cref="HeatMap.Map"/> is the drop in the class's probability, negative where it rises.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The class is out of range.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public HeatMap Explain(RgbImage image, int? classIndex = null, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        (PictureAxis vertical, PictureAxis horizontal) = PictureAxis.Of(image, Preset);
        return Explain(Preset.Apply(image), classIndex, vertical, horizontal, progress, cancellationToken);
    }

    /// <summary>Explains a class of a preprocessed image.</summary>
    /// <param name="input">The network's input as the preset makes it, <c>[1, 3, H, W]</c>.</param>
    /// <param name="classIndex">The class's index in the logits; null for the most probable class.</param>
    /// <param name="progress">Receives the number of finished forward passes after each batch.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <returns>The heat map in the frame of the input.</returns>
    /// <exception cref="ShapeMismatchException">The input has a different shape.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The class is out of range.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
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
        int passes = Grid.Area + 1, classes = _network.Model.NumClasses;
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

    /// <summary>A batch of the images to classify: image 0 is the input itself, every other one covers one position.</summary>
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

    /// <summary>Covers one position; 0 is the mean color of a normalized image.</summary>
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

    /// <summary>The pixels under the square when it is centered on a cell of the grid.</summary>
    private (int First, int End) Covered(int cell, int cells, int pixels)
    {
        int first = (int)Math.Round((cell + 0.5) * pixels / cells - PatchSize / 2.0, MidpointRounding.AwayFromZero);
        return (Math.Max(first, 0), Math.Min(first + PatchSize, pixels));
    }

    private Shape BatchShape(int count) => [count, RgbImage.Channels, Preset.Crop.Height, Preset.Crop.Width];
}
