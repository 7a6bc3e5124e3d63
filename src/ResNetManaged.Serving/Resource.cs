namespace ResNetManaged.Serving;

/// <summary>The files in the assembly.</summary>
internal static class Resource
{
    public static byte[] Read(string name)
    {
        using Stream stream = typeof(Resource).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The assembly lacks its resource '{name}'.");
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
