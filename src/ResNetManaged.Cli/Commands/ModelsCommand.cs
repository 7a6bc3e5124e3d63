using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ResNetManaged.Cli.Options;
using ResNetManaged.Cli.Output;
using ResNetManaged.Models;
using ResNetManaged.Tensors;

namespace ResNetManaged.Cli.Commands;

/// <summary>Lists the networks by name.</summary>
internal sealed class ModelsCommand : CliCommand
{
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object per line" };

    public ModelsCommand()
        : base("models", "List every network with its parameters, multiply-adds per image, and input.",
            "resnet models", "resnet models --json") => Add(_json);

    public override int Run(ParseResult arguments, Session session)
    {
        bool json = arguments.GetValue(_json);
        if (!json) session.Out.WriteLine($"{"name",-21} {"parameters",12} {"mult-adds",16}  input");
        foreach (string name in ResNetVariants.Names)
        {
            (ImageNetwork model, _) = new ModelReference(name, "").Create();
            ModelSummary summary = ModelSummary.Create(model.Eval(), new ModelReference(name, "").InputShape(model));
            if (json) JsonLine.Write(session.Out, line => Describe(line, name, summary));
            else session.Out.WriteLine(Describe(name, summary));
        }
        return ExitCode.Done;
    }

    private static void Describe(Utf8JsonWriter line, string name, ModelSummary summary)
    {
        line.WriteString("name", name);
        line.WriteNumber("parameters", summary.TotalParameters);
        line.WriteNumber("mult_adds", summary.MultiplyAdds);
        line.WriteStartArray("input");
        foreach (int size in summary.InputShape.Dimensions) line.WriteNumberValue(size);
        line.WriteEndArray();
    }

    private static string Describe(string name, ModelSummary summary)
    {
        Shape input = summary.InputShape;
        return string.Create(CultureInfo.InvariantCulture,
            $"{name,-21} {summary.TotalParameters,12:N0} {summary.MultiplyAdds,16:N0}  {input[1]} x {input[2]} x {input[3]}");
    }
}
