using NUnit.Framework;

namespace ResNetManaged.Tests.Support.Files;

/// <summary>Real checkpoints and images, whose licenses keep them out of the repository. If they are missing, tests that need them are skipped.</summary>
internal static class SharedData
{
    /// <summary>The environment variable that names the folder; the default is <c>shared/data</c> next to the clone.</summary>
    private const string Variable = "RESNETMANAGED_DATA";

    /// <summary>The path of a file there.</summary>
    public static string PathOf(string name)
    {
        string folder = Environment.GetEnvironmentVariable(Variable) ?? Path.Combine(Repository.Root, "..", "shared", "data");
        string path = Path.Combine(folder, name);
        if (!File.Exists(path)) Assert.Ignore($"There is no file {path}; set {Variable} to the folder that contains {name}.");
        return path;
    }
}
