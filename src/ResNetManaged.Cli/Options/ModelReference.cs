using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Graphs;
using ResNetManaged.Inference;
using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Cli.Options;

/// <summary>The MODEL argument: a named network, or a module in one, such as <c>textbook_resnet34.layer2_x</c>.</summary>
/// <param name="Variant">The network's name.</param>
/// <param name="Path">The module's path; empty for the network itself.</param>
internal sealed record ModelReference(string Variant, string Path)
{
    public static Argument<ModelReference> CreateArgument() => new("MODEL")
    {
        Description = "A network of 'resnet models', or a module in it as NAME.PATH, such as textbook_resnet34.layer2_x; or a checkpoint",
        CustomParser = result => NetworkArgument.IsFile(result.Tokens[0].Value) ? new ModelReference(result.Tokens[0].Value, "") : Parse(result),
    };

    /// <summary>The error for an unknown name.</summary>
    public static string Unknown(string name) => $"there is no model '{name}'; 'resnet models' lists them";

    /// <summary>Creates the network and finds the module in it.</summary>
    /// <param name="numClasses">The number of classes; null for the variant's own.</param>
    /// <param name="generator">Draws the weights at once; null draws them at their first use.</param>
    /// <exception cref="UsageException">There is no such module.</exception>
    public (ImageNetwork Model, Module Module) Create(int? numClasses = null, TorchGenerator? generator = null)
    {
        ImageNetwork model = ResNet.Create(Variant, numClasses, generator: generator);
        return (model, Find(model));
    }

    /// <summary>Loads the network from a checkpoint, and finds the module in it.</summary>
    /// <param name="weights">The file, or the name of a network that was pulled.</param>
    /// <param name="options">How to read it.</param>
    /// <exception cref="UsageException">There is no such module.</exception>
    public (ImageNetwork Model, Module Module) Load(string weights, CheckpointOptions options)
    {
        string path = WeightsPath.Of(weights);
        InputFile.RequireWeights(path);
        ImageNetwork model = NetworkFile.Load(path, options);
        return (model, Find(model));
    }

    /// <summary>The shape of the module's input when the network runs on images of a size.</summary>
    /// <exception cref="UsageException">The network cannot take images of this size, or its forward pass does not use the module.</exception>
    public Shape InputShape(ImageNetwork model, int batch = 1, int? imageSize = null)
    {
        int size = imageSize ?? model.UsualSide;
        if ((Int128)batch * model.InChannels * size * size > Array.MaxLength)
            throw new UsageException($"{batch} images of {size} x {size} have more than {Array.MaxLength} elements, the most that one array can hold");
        Shape input = [batch, model.InChannels, size, size];
        if (Path.Length == 0 && imageSize is null) return input;
        if (!ShapeCheck.TryTrace(model, input, out Graph? graph, out string fault)) throw new UsageException(fault);
        if (Path.Length == 0) return input;
        Node? first = graph.Nodes.FirstOrDefault(node =>
            node.ModulePath == Path || node.ModulePath.StartsWith(Path + ".", StringComparison.Ordinal));
        return first?.Inputs[0].Shape ?? throw new UsageException($"the network's forward pass does not use {this}; give its input shape with --input");
    }

    /// <summary>The text that the user types.</summary>
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
            result.AddError($"the shape '{text}' is not valid; expected sizes of at least 1 and at most {Array.MaxLength} elements, such as 10,3,224,224");
            return null;
        }
        return Shape.Create(sizes);
    }

    private Module Find(ImageNetwork model)
    {
        foreach ((string path, Module module) in model.NamedModules())
        {
            if (path == Path) return module;
        }
        throw new UsageException($"{Variant} has no module '{Path}'; 'resnet show {Variant}' prints its modules");
    }

    /// <summary>Reads the argument; reports an unknown name as a usage error.</summary>
    public static ModelReference? Parse(ArgumentResult result)
    {
        string[] parts = result.Tokens[0].Value.Split('.', 2);
        if (!ResNetVariants.TryGet(parts[0], out _)) result.AddError(Unknown(parts[0]));
        else if (parts is [_, ""]) result.AddError($"'{parts[0]}.' needs the path of a module after the dot");
        return new ModelReference(parts[0], parts.Length > 1 ? parts[1] : "");
    }
}
