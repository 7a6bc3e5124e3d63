using NUnit.Framework;

namespace ResNetManaged.Tests.Support;

/// <summary>Real checkpoints and images, which are no part of the project: licences forbid it. Without them their tests are skipped, and say so.</summary>
internal static class SharedData
{
    /// <summary>The environment variable that names the folder; without it, <c>shared/data</c> beside the clone is looked for.</summary>
    private const string Variable = "RESNETMANAGED_DATA";

    /// <summary>The path of a file there.</summary>
    public static string PathOf(string name)
    {
        string folder = Environment.GetEnvironmentVariable(Variable) ?? Path.Combine(Repository.Root, "..", "shared", "data");
        string path = Path.Combine(folder, name);
        if (!File.Exists(path)) Assert.Ignore($"There is no file {path}; {Variable} may name the folder with {name}.");
        return path;
    }
}
