using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using ResNetManaged.Models;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization.Folders;

/// <summary>Transformers' <c>config.json</c> of a ResNet.</summary>
/// <remarks>Its members are those of transformers' <c>ResNetConfig</c>.</remarks>
internal static class HuggingFaceConfig
{
    private const string ModelType = "resnet";

    /// <summary>Checks that the file describes the network that the tensors show, and adds what tensors cannot show.</summary>
    /// <exception cref="CheckpointException">The file describes another network, or one that is not supported.</exception>
    public static ResNetConfig Check(JsonFile config, ResNetConfig inferred)
    {
        if (config.Text("model_type") is string type && type != ModelType) throw config.Fail("model_type", $"expected '{ModelType}'");
        if (config.Text("hidden_act") is string activation && activation != "relu") throw config.Fail("hidden_act", "expected 'relu'");
        if (config.Flag("downsample_in_first_stage") is true) throw config.Fail("downsample_in_first_stage", "expected false: the first stage keeps its input's size");
        Require(config, "depths", config.Wholes("depths"), inferred.Depths);
        Require(config, "hidden_sizes", config.Wholes("hidden_sizes"), [.. inferred.Widths.Select(width => width * inferred.Block.Expansion)]);
        if (config.Whole("num_channels") is int channels && channels != inferred.InChannels)
            throw config.Fail("num_channels", $"the tensors have {inferred.InChannels}");
        if (config.Whole("num_labels") is int labels && inferred.NumClasses > 0 && labels != inferred.NumClasses)
            throw config.Fail("num_labels", $"the tensors have {Counted.Classes(inferred.NumClasses)}");
        string layer = inferred.Block == BlockKind.Bottleneck ? "bottleneck" : "basic";
        if (config.Text("layer_type") is string given && given != layer) throw config.Fail("layer_type", $"the tensors are of '{layer}' layers");
        return inferred with { StrideInFirstConvolution = inferred.Block == BlockKind.Bottleneck && config.Flag("downsample_in_bottleneck") is true };
    }

    /// <summary>The names in <c>id2label</c>, in the order of the logits; null if there are none, or only transformers' <c>LABEL_0</c> and so on.</summary>
    /// <exception cref="CheckpointException">The member is damaged, or does not match the number of classes.</exception>
    public static string[]? ClassNames(JsonFile config, int classes)
    {
        const string Name = "id2label", Reversed = "label2id";
        if (config.Find(Name) is not { } labels) return config.Find(Reversed) is { } reversed ? NamesOf(config, Reversed, reversed, classes) : null;
        string expected = string.Create(CultureInfo.InvariantCulture, $"expected a name for each of the classes 0 to {classes - 1}");
        if (labels.ValueKind != JsonValueKind.Object || labels.GetPropertyCount() != classes) throw config.Fail(Name, expected);
        string?[] names = new string?[classes];
        foreach (JsonProperty label in labels.EnumerateObject())
        {
            bool isClass = int.TryParse(label.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < classes && names[index] is null;
            names[isClass ? index : 0] = isClass && JsonFile.Decode(label.Value) is string text ? CheckpointClasses.Printable(text) : throw config.Fail(Name, expected);
        }
        return names.Index().All(name => name.Item == string.Create(CultureInfo.InvariantCulture, $"LABEL_{name.Index}")) ? null : Array.ConvertAll(names, name => name!);
    }

    /// <summary>The names in <c>{"cat": 0}</c>, which stands in for a missing <c>id2label</c>.</summary>
    private static string[] NamesOf(JsonFile config, string member, JsonElement labels, int classes)
    {
        string expected = string.Create(CultureInfo.InvariantCulture, $"expected each of the classes 0 to {classes - 1} for a name");
        if (labels.ValueKind != JsonValueKind.Object || labels.GetPropertyCount() != classes) throw config.Fail(member, expected);
        string?[] names = new string?[classes];
        foreach (JsonProperty label in labels.EnumerateObject())
        {
            bool isClass = label.Value.ValueKind == JsonValueKind.Number && label.Value.TryGetInt32(out int index) && index >= 0 && index < classes && names[index] is null;
            if (!isClass) throw config.Fail(member, expected);
            names[label.Value.GetInt32()] = CheckpointClasses.Printable(label.Name);
        }
        return Array.ConvertAll(names, name => name!);
    }

    private static void Require(JsonFile config, string name, int[]? given, ImmutableArray<int> found)
    {
        if (given is not null && !given.AsSpan().SequenceEqual(found.AsSpan())) throw config.Fail(name, $"the tensors have [{string.Join(", ", found)}]");
    }
}
