using System.Text.Json;
using NUnit.Framework;

namespace ResNetManaged.Tests.Support;

/// <summary>The recorded PyTorch outputs, which the build copies next to the test assembly (Goldens/README.md).</summary>
internal static class GoldenFiles
{
    public static string PathOf(string name) => Path.Combine(TestContext.CurrentContext.TestDirectory, "Goldens", name);

    /// <summary>The text of a recorded file.</summary>
    public static string ReadText(string name) => File.ReadAllText(PathOf(name));

    /// <summary>The elements of a file that holds one JSON array of cases.</summary>
    public static JsonElement[] ReadCases(string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(PathOf(name)));
        return [.. document.RootElement.Clone().EnumerateArray()];
    }
}
