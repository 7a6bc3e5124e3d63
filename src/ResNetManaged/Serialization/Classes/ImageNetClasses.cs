namespace ResNetManaged.Serialization.Classes;

/// <summary>The 1,000 classes of ImageNet's challenge (Russakovsky et al. 2015, arXiv:1409.0575), in the order of the logits of published networks.</summary>
public static class ImageNetClasses
{
    private const string Resource = "imagenet_classes.txt";

    private static readonly Lazy<(string[] Ids, string[] Names)> Lists = new(Read);

    /// <summary>The names: the first word of each class's synset in WordNet 3.0, made distinct for the two pairs of classes that share it.</summary>
    public static IReadOnlyList<string> Names => Lists.Value.Names;

    /// <summary>The ids in WordNet, such as <c>n01440764</c>, by which ImageNet's folders are named.</summary>
    public static IReadOnlyList<string> WordNetIds => Lists.Value.Ids;

    private static (string[] Ids, string[] Names) Read()
    {
        using Stream resource = typeof(ImageNetClasses).Assembly.GetManifestResourceStream(Resource)!;
        using StreamReader text = new(resource);
        string[][] lines = [.. text.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd('\r').Split('\t'))];
        return ([.. lines.Select(line => line[0])], [.. lines.Select(line => line[1])]);
    }
}
