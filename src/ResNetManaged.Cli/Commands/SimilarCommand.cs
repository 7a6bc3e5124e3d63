using System.CommandLine;
using System.Globalization;
using ResNetManaged.Cli.Embedding;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Cli.Options;
using ResNetManaged.Cli.Output;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Search;

namespace ResNetManaged.Cli.Commands;

/// <summary>Finds similar images.</summary>
internal sealed class SimilarCommand : CliCommand
{
    private readonly Argument<string[]> _paths =
        ImagePaths.CreateArgument("The image to compare with, then the image files and folders to search; with --duplicates, all are searched");

    private readonly NetworkOptions _network = new(BuiltInNetwork.Features);

    private readonly Option<int> _top = new("--top")
    {
        Description = "Images to print",
        HelpName = "N",
        DefaultValueFactory = _ => 5,
        CustomParser = OptionRules.AtLeast(1),
    };

    private readonly Option<string?> _index = new("--index")
    {
        Description = "Search the vectors in a .npy file that 'resnet embed' wrote with the same network",
        HelpName = "FILE",
    };

    private readonly Option<double?> _duplicates = new("--duplicates")
    {
        Description = "Print every pair of images whose similarity, the cosine of their vectors, is at least X, such as 0.98",
        HelpName = "X",
        CustomParser = result => OptionRules.Positive(maximum: 1)(result),
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object per line" };

    public SimilarCommand()
        : base("similar", "Find the images most similar to a given one, or to each other.",
            "resnet similar cat.jpg photos/ --top 3",
            "resnet similar cat.jpg --index photos.npy",
            "resnet similar photos/ --duplicates 0.98")
    {
        Add(_paths);
        _network.AddTo(this);
        foreach (Option option in (Option[])[_top, _index, _duplicates, _json]) Add(option);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        string[] paths = arguments.GetRequiredValue(_paths);
        double? threshold = arguments.GetValue(_duplicates);
        string? indexFile = arguments.GetValue(_index);
        string[] searched = threshold is null ? paths[1..] : paths;
        if (indexFile is null && searched.Length == 0) throw new UsageException("nothing to search; give files, folders or --index");
        if (indexFile is not null && searched.Length > 0) throw new UsageException("--index cannot be combined with paths to search");
        if (indexFile is not null) InputFile.Require(indexFile);

        List<string> files = ImagePaths.Files(searched, session);
        ImageFileOptions reading = _network.Files(arguments);
        ImageNetwork model = _network.LoadForImages(arguments, session);
        ImageEmbedder embedder = new(model, options: session.Execution);
        float[] query = threshold is null ? VectorCheck.Require(embedder.Embed(ImageFile.Load(paths[0], reading)), paths[0]) : [];
        EmbeddingStore store = new(path: null, _network.NameOfWeights(arguments));
        if (indexFile is null) store.Fill(files, model, reading, session);
        EmbeddingIndex index = indexFile is null ? IndexOf(store) : IndexFile.Load(indexFile, model, _network.NameOfWeights(arguments), reading, session);
        if (threshold is double least) PrintPairs(index, index.NearPairs(least, session.Cancellation), arguments.GetValue(_json), session);
        else PrintNearest(paths[0], index, Others(paths[0], index, query, arguments.GetValue(_top)), arguments.GetValue(_json), session);
        return store.Failed == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    /// <summary>The nearest images other than the query itself, which is nearest to itself.</summary>
    private static List<Neighbor> Others(string query, EmbeddingIndex index, float[] vector, int top)
    {
        string own = Path.GetFullPath(query);
        bool IsOther(int row) => index.Names is null || Path.GetFullPath(index.Names[row]) != own;
        int same = Enumerable.Range(0, index.Count).Count(row => !IsOther(row));
        return [.. index.Nearest(vector, (int)Math.Min((long)top + same, int.MaxValue)).Where(neighbor => IsOther(neighbor.Index)).Take(top)];
    }

    private static EmbeddingIndex IndexOf(EmbeddingStore store)
    {
        VectorCheck.RequireRows(store.Vectors, row => $"the network's vector of '{store.Files[row]}'");
        return new EmbeddingIndex(store.Vectors, store.Files);
    }

    private static void PrintNearest(string query, EmbeddingIndex index, List<Neighbor> neighbors, bool json, Session session)
    {
        if (json)
        {
            JsonLine.Write(session.Out, line =>
            {
                line.WriteString("file", query);
                line.WriteStartArray("neighbors");
                foreach (Neighbor neighbor in neighbors)
                {
                    line.WriteStartObject();
                    line.WriteString("file", NameOf(index, neighbor.Index));
                    line.WriteFinite("similarity", neighbor.Similarity);
                    line.WriteEndObject();
                }
                line.WriteEndArray();
            });
            return;
        }
        if (neighbors.Count == 0) session.Warn("there is no other image than the one to compare with");
        foreach (Neighbor neighbor in neighbors)
            session.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{neighbor.Similarity,7:F4}  {NameOf(index, neighbor.Index)}"));
    }

    private static void PrintPairs(EmbeddingIndex index, IReadOnlyList<NearPair> pairs, bool json, Session session)
    {
        foreach (NearPair pair in pairs)
        {
            string first = NameOf(index, pair.First), second = NameOf(index, pair.Second);
            if (json)
            {
                JsonLine.Write(session.Out, line =>
                {
                    line.WriteString("first", first);
                    line.WriteString("second", second);
                    line.WriteFinite("similarity", pair.Similarity);
                });
            }
            else session.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{pair.Similarity,7:F4}  {first}  {second}"));
        }
        if (!json && pairs.Count == 0) session.Out.WriteLine("no two images are that similar");
    }

    private static string NameOf(EmbeddingIndex index, int row) => index.Names?[row] ?? row.ToString(CultureInfo.InvariantCulture);
}
