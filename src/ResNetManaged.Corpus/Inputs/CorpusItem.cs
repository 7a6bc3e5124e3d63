using ResNetManaged.Imaging;

namespace ResNetManaged.Corpus.Inputs;

/// <summary>A picture of a shard.</summary>
/// <param name="Name">Its path, or its name in the tar file.</param>
/// <param name="Source">Decodes it.</param>
/// <param name="Companions">The sample's other files, which a tar file has beside the picture: a text, a class, JSON.</param>
internal sealed record CorpusItem(string Name, ImageSource Source, IReadOnlyList<Companion> Companions);

/// <summary>A small file beside a picture in a tar file.</summary>
/// <param name="Extension">What follows the key: <c>txt</c>, <c>cls</c>, <c>json</c>.</param>
/// <param name="Content">Its bytes.</param>
internal sealed record Companion(string Extension, byte[] Content);
