using NUnit.Framework;

namespace ResNetManaged.Tests.Support;

/// <summary>The clone in which the tests were built, for tests of documents and sources.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        string folder = TestContext.CurrentContext.TestDirectory;
        while (!File.Exists(Path.Combine(folder, "ResNetManaged.sln"))) folder = Directory.GetParent(folder)!.FullName;
        return folder;
    }
}
