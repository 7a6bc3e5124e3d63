using ResNetManaged.Pretrained.Names;
using ResNetManaged.Pretrained.Storage;
using ResNetManaged.Pretrained.Transfer;

namespace ResNetManaged.Pretrained.Hubs;

/// <summary>torchvision's files: one each, named after the beginning of its SHA-256.</summary>
internal static class TorchvisionHub
{
    private const string Address = "https://download.pytorch.org/models/", Variable = "RESNETMANAGED_TORCHVISION";

    /// <summary>Finds the file on this machine, without reading it.</summary>
    public static PretrainedNetwork? Find(PretrainedName.TorchvisionName name, PretrainedOptions options)
    {
        string? path = Places(name, options).FirstOrDefault(File.Exists);
        return path is null ? null : Describe(name, new PretrainedFile(path, new FileInfo(path).Length, null));
    }

    /// <summary>Downloads the file unless it is on this machine.</summary>
    public static async Task<PretrainedNetwork> FetchAsync(
        PretrainedName.TorchvisionName name, PretrainedOptions options, IProgress<PretrainedProgress>? progress, CancellationToken cancellation)
    {
        Uri endpoint = Addresses.Endpoint(options.TorchvisionEndpoint, options.Setting(Variable), Variable, Address);
        ExpectedHashes hashes = new ExpectedHashes([name.Weights.HashPrefix]).And(options.Sha256);
        RemoteFile remote = new(new Uri(endpoint, name.Weights.FileName), name.Weights.FileName, hashes, options.MaxFileBytes);
        using HttpTransport transport = new(options);
        PretrainedFile file = await new FileDownload(transport, options, progress).FetchAsync(remote,
            options.Folder is { } folder ? Path.GetFullPath(folder) : new CacheFolders(options).Torchvision,
            Places(name, options), copy: options.Folder is not null, cancellation).ConfigureAwait(false);
        return Describe(name, file);
    }

    /// <summary>Where the file may be: in our cache, then in PyTorch's.</summary>
    private static IEnumerable<string> Places(PretrainedName.TorchvisionName name, PretrainedOptions options)
    {
        CacheFolders caches = new(options);
        yield return Path.Combine(caches.Torchvision, name.Weights.FileName);
        if (options.UseOtherCaches) yield return Path.Combine(caches.Torch, name.Weights.FileName);
    }

    private static PretrainedNetwork Describe(PretrainedName.TorchvisionName name, PretrainedFile file) =>
        new(name.ToString(), file.Path, [file], name.Weights.IsImageNet1k, TorchvisionWeights.LicenseText) { Torchvision = name.Weights };
}
