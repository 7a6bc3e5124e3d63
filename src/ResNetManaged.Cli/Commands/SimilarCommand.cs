using System.CommandLine;
using System.Globalization;
using ResNetManaged.Cli.Embedding;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Cli.Options;
using ResNetManaged.Cli.Output;
using ResNetManaged.Corpus.Search;
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
        Description = "Search the vectors in a .npy file that 'resnet embed' wrote with the same network, or of a corpus",
        HelpName = "FILE|DIR",
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
            "resnet similar cat.jpg --index emb/",
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
        if (indexFile is not null && (threshold is not null || !Directory.Exists(indexFile))) InputFile.Require(indexFile);

        List<string> files = ImagePaths.Files(searched, session);
        ImageFileOptions reading = _network.Files(arguments);
        ImageNetwork model = _network.LoadForImages(arguments, session);
        string weights = _network.NameOfWeights(arguments);
        bool json = arguments.GetValue(_json);
        if (threshold is double least)
        {
            (EmbeddingIndex index, int failed) = indexFile is null
                ? EmbeddedPictures.Index(files, model, reading, session) : (IndexFile.Load(indexFile, model, weights, reading, session), 0);
            PrintPairs(index, index.NearPairs(least, session.Cancellation), json, session);
            return failed == 0 ? ExitCode.Done : ExitCode.Failed;
        }
        float[] query = VectorCheck.Require(new ImageEmbedder(model, options: session.Execution).Embed(ImageFile.Load(paths[0], reading)), paths[0]);
        int top = arguments.GetValue(_top);
        if (indexFile is not null)
        {
            CorpusSearch search = IndexFile.Open(indexFile, model, weights, reading, session);
            PrintNearest(paths[0], Others(paths[0], top, count => search.Nearest(query, count, session.Execution.Threads, session.Cancellation)), json, session);
            if (search.Skipped > 0) session.Warn($"{search.Skipped} vectors in '{indexFile}' are 0 or not finite, so nothing is similar to them");
            return ExitCode.Done;
        }
        (EmbeddingIndex pictures, int unreadable) = EmbeddedPictures.Index(files, model, reading, session);
        PrintNearest(paths[0], Others(paths[0], top, count => [.. pictures.Nearest(query, count).Select(near => new CorpusNeighbor(NameOf(pictures, near.Index), near.Similarity))]),
            json, session);
        return unreadable == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    /// <summary>The nearest images other than the query itself, which is nearest to itself and may be there several times.</summary>
    private static List<CorpusNeighbor> Others(string query, int top, Func<int, IReadOnlyList<CorpusNeighbor>> nearest)
    {
        string own = Path.GetFullPath(query);
        for (int more = 1; ; more *= 2)
        {
            int count = (int)Math.Min((long)top + more, Array.MaxLength);
            IReadOnlyList<CorpusNeighbor> found = nearest(count);
            List<CorpusNeighbor> others = [.. found.Where(neighbor => Path.GetFullPath(neighbor.Name) != own).Take(top)];
            if (others.Count == top || found.Count < count) return others;
        }
    }

    private static void PrintNearest(string query, List<CorpusNeighbor> neighbors, bool json, Session session)
    {
        if (json)
        {
            JsonLine.Write(session.Out, line =>
            {
                line.WriteString("file", query);
                line.WriteStartArray("neighbors");
                foreach (CorpusNeighbor neighbor in neighbors)
                {
                    line.WriteStartObject();
                    line.WriteString("file", neighbor.Name);
                    line.WriteFinite("similarity", neighbor.Similarity);
                    line.WriteEndObject();
                }
                line.WriteEndArray();
            });
            return;
        }
        if (neighbors.Count == 0) session.Warn("there is no other image than the one to compare with");
        foreach (CorpusNeighbor neighbor in neighbors)
            session.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{neighbor.Similarity,7:F4}  {neighbor.Name}"));
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
