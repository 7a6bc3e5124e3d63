using NUnit.Framework;

namespace ResNetManaged.Browser;

/// <summary>The repository the tests were built in.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string Pictures { get; } = Path.Combine(Root, "samples", "pictures");

    private static string Find()
    {
        string folder = TestContext.CurrentContext.TestDirectory;
        while (!File.Exists(Path.Combine(folder, "ResNetManaged.sln"))) folder = Directory.GetParent(folder)!.FullName;
        return folder;
    }
}
