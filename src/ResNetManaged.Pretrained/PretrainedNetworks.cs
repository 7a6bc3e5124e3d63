using ResNetManaged.Pretrained.Hubs;
using ResNetManaged.Pretrained.Names;

namespace ResNetManaged.Pretrained;

/// <summary>Trained networks by name: downloads them once, and finds those that are on this machine.</summary>
/// <remarks>
/// <para>A name is one of</para>
/// <list type="bullet">
/// <item><c>torchvision:resnet50</c> or <c>torchvision:resnet50:IMAGENET1K_V1</c>: torchvision's default weights or the named ones;</item>
/// <item><c>hf:OWNER/REPO</c> or <c>hf:OWNER/REPO@REVISION</c>: a repository of Hugging Face, on its main branch or at a branch, tag or commit;</item>
/// <item>the https address of a file.</item>
/// </list>
/// <para>Only <see cref="FetchAsync"/> uses the network.</para>
/// </remarks>
public static class PretrainedNetworks
{
    /// <summary>torchvision's files, in the order of their architectures.</summary>
    public static IReadOnlyList<TorchvisionWeights> Torchvision => TorchvisionWeights.All;

    /// <summary>Whether a text has the form of a name, such as <c>hf:microsoft/resnet-50</c>, rather than that of a path.</summary>
    /// <param name="text">The text.</param>
    public static bool IsName(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return PretrainedName.IsName(text);
    }

    /// <summary>
    /// Finds a network on this machine: in the cache, or in those of PyTorch and huggingface_hub. It uses no network and does not read the weights.
    /// </summary>
    /// <param name="name">The name.</param>
    /// <param name="options">The cache; null for the defaults.</param>
    /// <returns>The network; null if it must be fetched first.</returns>
    /// <exception cref="PretrainedException">There is no such name.</exception>
    public static PretrainedNetwork? Find(string name, PretrainedOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        options ??= new PretrainedOptions();
        return PretrainedName.Parse(name) switch
        {
            PretrainedName.TorchvisionName torchvision => TorchvisionHub.Find(torchvision, options),
            PretrainedName.HubName repository => HuggingFaceHub.Find(repository, options),
            PretrainedName other => AddressHub.Find((PretrainedName.AddressName)other, options),
        };
    }

    /// <summary>Downloads a network unless it is on this machine, and checks its hash.</summary>
    /// <remarks>
    /// Files get their names only once they are complete and their hashes are right. What a broken download left, even in a process that was killed,
    /// is continued if the server still has the same version. One process at a time downloads a file; others wait for it.
    /// </remarks>
    /// <param name="name">The name.</param>
    /// <param name="options">Where the files are kept, and how they are downloaded; null for the defaults.</param>
    /// <param name="progress">Told how far each file is, and of each attempt that failed; null to tell nothing.</param>
    /// <param name="cancellationToken">Ends the download. Another call continues it.</param>
    /// <returns>The network.</returns>
    /// <exception cref="PretrainedException">It cannot be fetched; the exception tells why.</exception>
    /// <exception cref="OperationCanceledException">The token ended the download.</exception>
    public static async Task<PretrainedNetwork> FetchAsync(
        string name, PretrainedOptions? options = null, IProgress<PretrainedProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        options ??= new PretrainedOptions();
        return PretrainedName.Parse(name) switch
        {
            PretrainedName.TorchvisionName torchvision =>
                await TorchvisionHub.FetchAsync(torchvision, options, progress, cancellationToken).ConfigureAwait(false),
            PretrainedName.HubName repository => await HuggingFaceHub.FetchAsync(repository, options, progress, cancellationToken).ConfigureAwait(false),
            PretrainedName other =>
                await AddressHub.FetchAsync((PretrainedName.AddressName)other, options, progress, cancellationToken).ConfigureAwait(false),
        };
    }
}
