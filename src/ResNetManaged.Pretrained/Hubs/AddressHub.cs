using System.Text.RegularExpressions;
using ResNetManaged.Pretrained.Names;
using ResNetManaged.Pretrained.Storage;
using ResNetManaged.Pretrained.Transfer;

namespace ResNetManaged.Pretrained.Hubs;

/// <summary>Files at any address.</summary>
internal static partial class AddressHub
{
    private const string HostOfTorch = "download.pytorch.org";

    /// <summary>Finds the file on this machine, without reading it.</summary>
    public static PretrainedNetwork? Find(PretrainedName.AddressName name, PretrainedOptions options)
    {
        string path = Path.Combine(new CacheFolders(options).Address(name), name.FileName);
        return File.Exists(path) ? Describe(name, new PretrainedFile(path, new FileInfo(path).Length, null)) : null;
    }

    /// <summary>Downloads the file unless it is in the cache.</summary>
    public static async Task<PretrainedNetwork> FetchAsync(
        PretrainedName.AddressName name, PretrainedOptions options, IProgress<PretrainedProgress>? progress, CancellationToken cancellation)
    {
        string[] published = name.Address.Host == HostOfTorch && Published().Match(name.FileName) is { Success: true } match ? [match.Groups[1].Value] : [];
        string cached = new CacheFolders(options).Address(name);
        RemoteFile remote = new(name.Address, name.FileName, new ExpectedHashes(published).And(options.Sha256), options.MaxFileBytes)
        {
            TrustExisting = options.Folder is null, // in another folder, a file of this name may be something else
        };
        using HttpTransport transport = new(options);
        PretrainedFile file = await new FileDownload(transport, options, progress).FetchAsync(remote,
            options.Folder is { } folder ? Path.GetFullPath(folder) : cached,
            [Path.Combine(cached, name.FileName)], copy: true, cancellation).ConfigureAwait(false);
        return Describe(name, file);
    }

    private static PretrainedNetwork Describe(PretrainedName.AddressName name, PretrainedFile file) =>
        new(name.ToString(), file.Path, [file], isImageNet1k: false);

    /// <summary>The convention of torch.hub for names with the beginning of the SHA-256.</summary>
    [GeneratedRegex(@"-([a-f0-9]{8,64})\.[A-Za-z0-9]+\z")]
    private static partial Regex Published();
}
