namespace ResNetManaged.Tests.Support;

/// <summary>The repository's C# files.</summary>
internal static class SourceTree
{
    private static readonly string[] BuildFolders = ["obj", "bin", "artifacts"];

    /// <summary>The project files in folders of the repository, for example <c>src</c>.</summary>
    public static IEnumerable<string> Projects(params IEnumerable<string> folders) => folders
        .Select(folder => Path.Combine(Repository.Root, folder))
        .SelectMany(folder => Directory.GetFiles(folder, "*.csproj", SearchOption.AllDirectories));

    /// <summary>The C# files below a folder, without generated ones.</summary>
    public static IEnumerable<string> Files(string folder) => Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories)
        .Where(file => !Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar).Intersect(BuildFolders).Any());
}
