using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Cli.Options;

/// <summary>What the user calls MODEL: a named network, or a module in one, such as <c>textbook_resnet34.layer2_x</c>.</summary>
/// <param name="Variant">The network's name.</param>
/// <param name="Path">The module's path; empty for the network itself.</param>
internal sealed record ModelReference(string Variant, string Path)
{
    public static Argument<ModelReference> CreateArgument() => new("MODEL")
    {
        Description = "A network that 'resnet models' lists; a module in it as NAME.PATH, such as textbook_resnet34.layer2_x",
        CustomParser = Parse,
    };

    /// <summary>The error for a name that no network has.</summary>
    public static string Unknown(string name) => $"there is no model '{name}'; 'resnet models' lists them";

    /// <summary>Creates the network, and finds the module in it. No weights are made.</summary>
    /// <param name="numClasses">The network's classes; null for its own number.</param>
    /// <param name="generator">Where weights are drawn from now; null leaves them unmade until they are used.</param>
    /// <exception cref="UsageException">There is no such module.</exception>
    public (ResNet Model, Module Module) Create(int? numClasses = null, TorchGenerator? generator = null)
    {
        ResNet model = ResNet.Create(Variant, numClasses, generator: generator);
        return (model, Find(model));
    }

    /// <summary>Loads the network from a checkpoint, and finds the module in it.</summary>
    /// <exception cref="UsageException">There is no such module.</exception>
    public (ResNet Model, Module Module) Load(string weights)
    {
        InputFile.Require(weights);
        ResNet model = ResNetCheckpoint.Load(weights, Variant);
        return (model, Find(model));
    }

    /// <summary>The shape that reaches the module when the network sees images of a size.</summary>
    /// <exception cref="UsageException">Nothing reaches the module, or it computes nothing that tells.</exception>
    public Shape InputShape(ResNet model, int batch = 1, int? imageSize = null)
    {
        int size = imageSize ?? model.Config.InputSize;
        Shape input = [batch, model.Config.InChannels, size, size];
        if (Path.Length == 0) return input;
        Node? first = model.Trace(input).Nodes.FirstOrDefault(node =>
            node.ModulePath == Path || node.ModulePath.StartsWith(Path + ".", StringComparison.Ordinal));
        return first?.Inputs[0].Shape ?? throw new UsageException($"{this} is not reached by the network's input; give its input by --input");
    }

    /// <summary>As the user types it.</summary>
    public override string ToString() => Path.Length == 0 ? Variant : $"{Variant}.{Path}";

    /// <summary>Reads a shape such as <c>10,3,224,224</c>.</summary>
    public static Shape? ParseShape(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        string[] parts = text.Split(',');
        int[] sizes = new int[parts.Length];
        long elements = 1;
        for (int i = 0; i < parts.Length; i++)
        {
            bool valid = int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out sizes[i]) && sizes[i] > 0;
            if (valid && (elements *= sizes[i]) <= Array.MaxLength) continue;
            result.AddError($"the shape '{text}' is none; expected sizes from 1 with at most {Array.MaxLength} elements, such as 10,3,224,224");
            return null;
        }
        return Shape.Create(sizes);
    }

    private Module Find(ResNet model)
    {
        try
        {
            return model.GetSubmodule(Path);
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(ErrorText.Describe(exception).TrimEnd('.'));
        }
    }

    private static ModelReference? Parse(ArgumentResult result)
    {
        string[] parts = result.Tokens[0].Value.Split('.', 2);
        if (!ResNetVariants.TryGet(parts[0], out _)) result.AddError(Unknown(parts[0]));
        else if (parts is [_, ""]) result.AddError($"'{parts[0]}.' lacks the path of a module after the dot");
        return new ModelReference(parts[0], parts.Length > 1 ? parts[1] : "");
    }
}
