using NUnit.Framework;

namespace ResNetManaged.Tests.Support.Files;

/// <summary>Real checkpoints and images, which licenses keep out of the repository. Without them, their tests are skipped with a message.</summary>
internal static class SharedData
{
    /// <summary>The environment variable that names the folder; the default is <c>shared/data</c> beside the clone.</summary>
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
