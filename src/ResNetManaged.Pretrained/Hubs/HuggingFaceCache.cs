using ResNetManaged.Pretrained.Names;
using ResNetManaged.Pretrained.Storage;

namespace ResNetManaged.Pretrained.Hubs;

/// <summary>Where a repository's files are on this machine.</summary>
/// <remarks>
/// Our cache has a folder for each commit, and a file for each revision that was fetched completely, with its commit and license. huggingface_hub's cache has
/// <c>refs/REVISION</c> and <c>snapshots/COMMIT</c>.
/// </remarks>
internal sealed class HuggingFaceCache(PretrainedName.HubName name, PretrainedOptions options)
{
    private const int CommitDigits = 40;

    private readonly string _root = new CacheFolders(options).Repository(name);
    private readonly string _other = Path.Combine(new CacheFolders(options).HuggingFace, $"models--{name.Owner}--{name.Repository}");

    /// <summary>The folder for the files of a commit.</summary>
    public string FolderOf(string commit) => Path.Combine(_root, Escaped(commit));

    /// <summary>huggingface_hub's folder for the files of a commit; null if it is not to be used.</summary>
    public string? OtherFolderOf(string commit) =>
        options.UseOtherCaches && FileHash.IsHex(commit, CommitDigits) ? Path.Combine(_other, "snapshots", commit) : null;

    /// <summary>Finds the network, without reading its files.</summary>
    public PretrainedNetwork? Find()
    {
        if (Read(RefOf(name.Revision)) is [var commit, .. var rest] && Describe(FolderOf(commit), rest.FirstOrDefault()) is { } ours)
            return ours;
        if (!options.UseOtherCaches) return null;
        string? found = FileHash.IsHex(name.Revision, CommitDigits) ? name.Revision
            : Read(Path.Combine(_other, "refs", name.Revision.Replace('/', Path.DirectorySeparatorChar))) is [var line, ..] ? line : null;
        return found is not null && OtherFolderOf(found) is { } folder ? Describe(folder, null) : null;
    }

    /// <summary>Records that a revision is complete.</summary>
    public void Complete(string commit, string? license)
    {
        string path = RefOf(name.Revision);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        File.WriteAllText(temporary, $"{commit}\n{license}\n");
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>A revision as the name of a folder: branches may contain slashes.</summary>
    private static string Escaped(string revision) => revision.Replace("/", "--", StringComparison.Ordinal);

    /// <summary>Describes a complete folder; null if it is not complete.</summary>
    public PretrainedNetwork? Describe(string folder, string? license)
    {
        if (!Directory.Exists(folder) || RepositoryFiles.Find(folder) is not { } files) return null;
        return new PretrainedNetwork(name.ToString(), folder, files, RepositoryFiles.IsImageNet1k(folder),
            string.IsNullOrEmpty(license) ? null : license);
    }

    private string RefOf(string revision) => Path.Combine(_root, "refs", Escaped(revision));

    private static string[] Read(string path) => File.Exists(path) ? File.ReadAllLines(path) : [];
}
