namespace ResNetManaged.Serving;

/// <summary>Reads the files embedded in the assembly.</summary>
internal static class Resource
{
    public static byte[] Read(string name)
    {
        using Stream stream = typeof(Resource).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The assembly has no resource '{name}'.");
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
