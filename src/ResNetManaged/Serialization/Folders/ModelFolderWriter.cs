using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Models.Parts;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization.Folders;

/// <summary>Writes a folder that transformers or timm loads.</summary>
internal static class ModelFolderWriter
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes transformers' form: its names of tensors, <c>config.json</c> and <c>preprocessor_config.json</c>.</summary>
    /// <param name="folder">The folder; created if needed. Files of the same names are replaced.</param>
    /// <param name="model">The network.</param>
    /// <param name="preset">How an image becomes its input.</param>
    /// <param name="half">True to round weights to half precision.</param>
    /// <exception cref="CheckpointException">Transformers has no such network or preprocessing, or a weight exceeds the range of half precision.</exception>
    /// <exception cref="IOException">A file cannot be written; then none is.</exception>
    public static void WriteTransformers(string folder, ResNet model, ImagePreset preset, bool half)
    {
        RequireTransformers(folder, model.Config);
        Action<Utf8JsonWriter> processor = Processor(folder, preset);
        StateDict tensors = new();
        foreach ((string name, Tensor tensor) in model.StateDict()) tensors.Add(TensorNames.ToTransformers(name), tensor);
        AtomicFile.WriteAll(folder, Weights(folder, tensors, half), Json(ModelFolder.Preprocessor, processor),
            Json(ModelFolder.Config, json => WriteConfig(json, model, half)));
    }

    /// <summary>Writes timm's form: torchvision's names of tensors, and <c>config.json</c> with the preprocessing.</summary>
    /// <inheritdoc cref="WriteTransformers"/>
    public static void WriteTimm(string folder, ResNet model, ImagePreset preset, bool half)
    {
        string? name = ResNetVariants.NameOf(model.Config with { ZeroInitLastGamma = false }); // initial weights are no part of it
        bool isTimms = model.Config is { Naming: ResNetNaming.Torchvision or ResNetNaming.PreActivation, Stem: not StemKind.Face };
        if (name is null || !isTimms)
            throw new CheckpointException(folder, null, $"would hold {name ?? "an unnamed ResNet"}",
                "timm has only networks with torchvision's and its own names");
        if (preset.Resize is not int resize || preset.Crop.Height != preset.Crop.Width || resize < preset.Crop.Height)
            throw NotExpressible(folder, "timm");
        StateDict state = model.StateDict();
        string first = state.First(entry => entry.Value.Rank == 4).Key;
        AtomicFile.WriteAll(folder, Weights(folder, state, half), Json(ModelFolder.Config, json =>
        {
            json.WriteString(TimmConfig.Architecture, name);
            json.WriteNumber("num_classes", model.Config.NumClasses);
            json.WriteNumber("num_features", model.FeatureCount);
            if (model.ClassNames is { } names) WriteList(json, "label_names", names, json.WriteStringValue);
            json.WriteStartObject(TimmConfig.Pretrained);
            WriteList(json, "input_size", [model.Config.InChannels, preset.Crop.Height, preset.Crop.Width], json.WriteNumberValue);
            json.WriteNumber("num_classes", model.Config.NumClasses);
            json.WriteNumber("crop_pct", CropPct(preset, resize));
            json.WriteString("crop_mode", CheckpointPreset.NameOf(preset.CropMode));
            json.WriteString("interpolation", CheckpointPreset.NameOf(preset.Interpolation));
            WriteColors(json, "mean", preset.Mean);
            WriteColors(json, "std", preset.Std);
            json.WriteString("first_conv", first[..first.LastIndexOf('.')]); // timm adapts these two to other channels and classes
            json.WriteString("classifier", model.Config.Naming == ResNetNaming.PreActivation ? "head.fc" : "fc");
            json.WriteEndObject();
        }));
    }

    private static void RequireTransformers(string folder, ResNetConfig config)
    {
        bool fits = config is { Stem: StemKind.ImageNet, Shortcut: ShortcutOption.ProjectionWhereShapeChanges, Naming: ResNetNaming.Torchvision }
            and { Groups: 1, WidthPerGroup: ResNetConfig.BaseWidth, SqueezeReduction: null, EfficientAttention: false, AntiAliasing: AntiAliasing.None }
            and { Norm: NormKind.Batch, OutputStride: 32, GlobalPool: GlobalPooling.Average, StemPool: StemPooling.Max, Depths.Length: 4 };
        if (!fits)
        {
            throw new CheckpointException(folder, null, $"would hold {ResNetVariants.NameOf(config) ?? "an unnamed ResNet"}",
                "transformers has only torchvision's ResNets of four stages, without groups, other widths, stems, norms or pooling, dilation, anti-aliasing or attention");
        }
    }

    private static void WriteConfig(Utf8JsonWriter json, ResNet model, bool half)
    {
        ResNetConfig config = model.Config;
        WriteList(json, "architectures", ["ResNetForImageClassification"], json.WriteStringValue);
        json.WriteString("model_type", "resnet");
        json.WriteNumber("num_channels", config.InChannels);
        json.WriteNumber("embedding_size", model.StateDict()["conv1.weight"].Shape[0]);
        WriteList(json, "depths", config.Depths, json.WriteNumberValue);
        WriteList(json, "hidden_sizes", config.Widths.Select(width => width * config.Block.Expansion), json.WriteNumberValue);
        json.WriteString("layer_type", config.Block == BlockKind.Bottleneck ? "bottleneck" : "basic");
        json.WriteString("hidden_act", "relu");
        json.WriteBoolean("downsample_in_first_stage", false);
        json.WriteBoolean("downsample_in_bottleneck", config.StrideInFirstConvolution);
        json.WriteString("torch_dtype", half ? "float16" : "float32");
        string[] names = [.. Enumerable.Range(0, config.NumClasses).Select(i => model.ClassNames?[i] ?? FormattableString.Invariant($"LABEL_{i}"))];
        json.WriteStartObject("id2label");
        foreach ((int index, string name) in names.Index()) json.WriteString(index.ToString(CultureInfo.InvariantCulture), name);
        json.WriteEndObject();
        json.WriteStartObject("label2id");
        foreach ((int index, string name) in names.Index().DistinctBy(entry => entry.Item)) json.WriteNumber(name, index);
        json.WriteEndObject();
    }

    /// <summary>The processor that does what the preset says; the first that can.</summary>
    private static Action<Utf8JsonWriter> Processor(string folder, ImagePreset preset)
    {
        int side = preset.Crop.Height;
        if (preset.Resize is not int resize || preset.Crop.Width != side || resize < side || preset.CropMode == CropMode.Border
            || preset.CropMode == CropMode.Squash && resize != side)
        {
            throw NotExpressible(folder, "transformers");
        }
        bool isSquash = preset.CropMode == CropMode.Squash, isConvNext = isSquash == side >= PreprocessorConfig.FirstSquashed;
        return json =>
        {
            json.WriteString("image_processor_type", isConvNext ? "ConvNextImageProcessor" : isSquash ? "ViTImageProcessor" : "BitImageProcessor");
            json.WriteBoolean("do_resize", true);
            json.WriteStartObject("size");
            foreach (string name in isSquash && !isConvNext ? (string[])["height", "width"] : ["shortest_edge"])
                json.WriteNumber(name, isConvNext || isSquash ? side : resize);
            json.WriteEndObject();
            if (isConvNext) json.WriteNumber("crop_pct", isSquash ? 1 : CropPct(preset, resize));
            else if (!isSquash)
            {
                json.WriteBoolean("do_center_crop", true);
                json.WriteStartObject("crop_size");
                json.WriteNumber("height", side);
                json.WriteNumber("width", side);
                json.WriteEndObject();
            }
            json.WriteNumber("resample", Array.IndexOf(PreprocessorConfig.Filters, preset.Interpolation));
            json.WriteBoolean("do_rescale", true);
            json.WriteNumber("rescale_factor", 1.0 / byte.MaxValue);
            json.WriteBoolean("do_normalize", true);
            WriteColors(json, "image_mean", preset.Mean);
            WriteColors(json, "image_std", preset.Std);
        };
    }

    /// <summary>The share that makes int(side / share) the resized length, in spite of rounding.</summary>
    private static double CropPct(ImagePreset preset, int resize)
    {
        int side = preset.Crop.Height;
        double share = preset.CropPct ?? (double)side / resize;
        while ((int)(side / share) < resize) share = Math.BitDecrement(share);
        return share;
    }

    private static CheckpointException NotExpressible(string folder, string reader) =>
        new(folder, null, "would need preprocessing that cannot be written", $"{reader} expects a square that is cropped from a picture at least as large");

    private static (string, Action<Stream>) Weights(string folder, StateDict tensors, bool half) => (ModelFolder.Weights, stream =>
        Safetensors.Write(stream, tensors, new Dictionary<string, string> { ["format"] = "pt" }, half, Path.Combine(folder, ModelFolder.Weights)));

    private static (string, Action<Stream>) Json(string name, Action<Utf8JsonWriter> members)
    {
        return (name, Write);

        void Write(Stream stream)
        {
            using Utf8JsonWriter json = new(stream, Indented);
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
    }

    private static void WriteColors(Utf8JsonWriter json, string name, RgbValues values) =>
        WriteList(json, name, [values.Red, values.Green, values.Blue], json.WriteNumberValue);

    private static void WriteList<T>(Utf8JsonWriter json, string name, IEnumerable<T> values, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (T value in values) write(value);
        json.WriteEndArray();
    }
}
