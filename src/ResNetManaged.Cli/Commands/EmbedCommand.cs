using System.CommandLine;
using System.Globalization;
using ResNetManaged.Cli.Embedding;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Cli.Options;
using ResNetManaged.Cli.Output;
using ResNetManaged.Corpus.Search;
using ResNetManaged.Models;
using ResNetManaged.Search;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Cli.Commands;

/// <summary>Computes a feature vector for each image.</summary>
internal sealed class EmbedCommand : CliCommand
{
    private readonly Argument<string[]> _paths = ImagePaths.CreateArgument("Image files and folders of images");
    private readonly NetworkOptions _network = new(BuiltInNetwork.Features);

    private readonly Option<string> _output = new("--output")
    {
        Description = "The file for the vectors: .npy with a manifest next to it, .csv or .jsonl; vectors that an .npy file already has are not computed again",
        HelpName = "FILE",
        Required = true,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };

    public EmbedCommand()
        : base("embed", "Compute a vector for each image: the network's pooled features.",
            "resnet embed photos/ --output photos.npy",
            "resnet embed photos/ --weights resnet50.pth --output photos.csv")
    {
        Add(_paths);
        Add(_output);
        _network.AddTo(this);
        Add(_json);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        string output = arguments.GetRequiredValue(_output);
        Action<TextWriter, IReadOnlyList<EmbeddedFile>, VectorFile>? write = Path.GetExtension(output).ToLowerInvariant() switch
        {
            ".npy" => null,
            ".csv" => EmbeddingText.WriteCsv,
            ".jsonl" => EmbeddingText.WriteJsonLines,
            _ => throw new UsageException($"--output '{output}': expected a name that ends in .npy, .csv or .jsonl"),
        };
        InputFile.RequireWritable(output);
        List<string> files = ImagePaths.Files(arguments.GetRequiredValue(_paths), session);
        ImageNetwork model = _network.LoadForImages(arguments, session);
        string kept = write is null ? AtomicFile.Followed(output) : output + ".partial.npy";
        EmbeddingStore store = new(kept, _network.NameOfWeights(arguments));
        store.Fill(files, model, _network.Files(arguments), session);
        if (write is not null)
        {
            AtomicFile.Write(output, stream =>
            {
                using StreamWriter text = new(stream, leaveOpen: true) { NewLine = "\n" };
                using VectorFile vectors = new(kept);
                write(text, store.Rows, vectors);
            });
            File.Delete(kept);
            File.Delete(EmbeddingManifest.PathFor(kept));
        }
        int length = model.FeatureCount;
        if (arguments.GetValue(_json))
        {
            JsonLine.Write(session.Out, line =>
            {
                line.WriteString("output", output);
                line.WriteNumber("images", store.Rows.Count);
                line.WriteNumber("dimensions", length);
                line.WriteNumber("computed", store.Computed);
                line.WriteNumber("reused", store.Reused);
                line.WriteNumber("failed", store.Failed);
            });
        }
        else
        {
            session.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{output}: {Counted.Of(store.Rows.Count, "vector")} of {Counted.Of(length, "number")}, {store.Reused} of them from earlier runs{(store.Failed > 0 ? $", {Counted.Of(store.Failed, "file")} failed" : "")}"));
        }
        return store.Failed == 0 ? ExitCode.Done : ExitCode.Failed;
    }
}
