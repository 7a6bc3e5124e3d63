using System.Net;
using System.Text.Json;
using ResNetManaged.Pretrained.Names;
using ResNetManaged.Pretrained.Storage;
using ResNetManaged.Pretrained.Transfer;

namespace ResNetManaged.Pretrained.Hubs;

/// <summary>Repositories of Hugging Face: several files of one commit.</summary>
internal sealed class HuggingFaceHub : IDisposable
{
    private const string Address = "https://huggingface.co", Variable = "HF_ENDPOINT", TokenVariable = "HF_TOKEN";
    private const int MostBytesOfText = 1 << 25; // an index or the API's answer; those of ResNets have a few kilobytes

    private readonly PretrainedName.HubName _name;
    private readonly PretrainedOptions _options;
    private readonly IProgress<PretrainedProgress>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly Uri _endpoint;
    private readonly HttpTransport _transport;
    private readonly HuggingFaceCache _cache;

    private HuggingFaceHub(PretrainedName.HubName name, PretrainedOptions options, IProgress<PretrainedProgress>? progress, CancellationToken cancellation)
    {
        _name = name;
        _options = options;
        _progress = progress;
        _cancellation = cancellation;
        _endpoint = Addresses.Endpoint(options.HuggingFaceEndpoint, options.Setting(Variable), Variable, Address);
        string? token = (options.HuggingFaceToken ?? options.Setting(TokenVariable))?.Trim();
        _transport = new HttpTransport(options) { Credentials = string.IsNullOrEmpty(token) ? null : (_endpoint, token) };
        _cache = new HuggingFaceCache(name, options);
    }

    /// <summary>Finds the files on this machine, without reading them.</summary>
    public static PretrainedNetwork? Find(PretrainedName.HubName name, PretrainedOptions options) => new HuggingFaceCache(name, options).Find();

    /// <summary>Downloads the files unless they are on this machine.</summary>
    public static async Task<PretrainedNetwork> FetchAsync(
        PretrainedName.HubName name, PretrainedOptions options, IProgress<PretrainedProgress>? progress, CancellationToken cancellation)
    {
        PretrainedNetwork? found = options.Folder is null ? Find(name, options) : null;
        if (found is not null && await HashedAsync(found, options, cancellation).ConfigureAwait(false) is { } hashed) return hashed;
        using HuggingFaceHub hub = new(name, options, progress, cancellation);
        return await hub.FetchAsync().ConfigureAwait(false);
    }

    public void Dispose() => _transport.Dispose();

    /// <summary>
    /// The same network with the hash of its weights; null if it is not the one that the user gave, or the one after which huggingface_hub has named the
    /// file that its snapshot links to.
    /// </summary>
    private static async Task<PretrainedNetwork?> HashedAsync(PretrainedNetwork found, PretrainedOptions options, CancellationToken cancellation)
    {
        ExpectedHashes hashes = ExpectedHashes.OfValidator(Path.GetFileName(new FileInfo(found.WeightsPath).LinkTarget)).And(options.Sha256);
        (string sha256, string? fault) = await hashes.CheckAsync(found.WeightsPath, cancellation).ConfigureAwait(false);
        if (fault is not null) return null;
        PretrainedFile weights = new(found.WeightsPath, found.Files[0].Bytes, sha256);
        return new PretrainedNetwork(found.Name, found.Path, [weights, .. found.Files.Skip(1)], found.IsImageNet1k, found.License);
    }

    private async Task<PretrainedNetwork> FetchAsync()
    {
        HubModel model = await DescribeAsync().ConfigureAwait(false);
        string commit = model.Commit ?? (await FindAsync(RepositoryFiles.Config, _name.Revision).ConfigureAwait(false))?.Commit ?? _name.Revision;
        string folder = _options.Folder is { } given ? Path.GetFullPath(given) : _cache.FolderOf(commit);

        PretrainedFile? weights = null;
        foreach (string name in (string[])[RepositoryFiles.Weights, RepositoryFiles.Index, RepositoryFiles.OldWeights])
        {
            weights = await FetchAsync(model, commit, name, folder, isWeights: true).ConfigureAwait(false);
            if (weights is not null) break;
        }
        if (weights is null) throw NotFound($"has no {RepositoryFiles.Weights} and no {RepositoryFiles.OldWeights}");

        List<PretrainedFile> files = [weights];
        if (Path.GetFileName(weights.Path) == RepositoryFiles.Index)
        {
            foreach (string shard in RepositoryFiles.ShardsOf(weights.Path))
            {
                files.Add(await FetchAsync(model, commit, shard, folder, isWeights: false).ConfigureAwait(false)
                    ?? throw NotFound($"has no {shard}, which its index lists"));
            }
        }
        foreach (string name in (string[])[RepositoryFiles.Config, RepositoryFiles.Preprocessor])
        {
            if (await FetchAsync(model, commit, name, folder, isWeights: false).ConfigureAwait(false) is { } file) files.Add(file);
        }
        if (_options.Folder is null) Complete(commit, model.License);
        return new PretrainedNetwork(_name.ToString(), folder, files, RepositoryFiles.IsImageNet1k(folder), model.License);
    }

    private void Complete(string commit, string? license)
    {
        try
        {
            _cache.Complete(commit, license);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw DiskSpace.Failure(_cache.FolderOf(commit), exception);
        }
    }

    /// <summary>Asks the API about the repository; a mirror need not have it, so that refusals do not count.</summary>
    private Task<HubModel> DescribeAsync() => RetryAsync(async () =>
    {
        Uri address = new(_endpoint, $"api/models/{_name.Owner}/{_name.Repository}/revision/{Uri.EscapeDataString(_name.Revision)}");
        using Reply reply = await _transport.SendAsync(HttpMethod.Get, address, null, _cancellation).ConfigureAwait(false);
        if (reply.Response.StatusCode != HttpStatusCode.OK) return new HubModel(null, null, null);
        byte[] json = await _transport.ReadAllAsync(reply, MostBytesOfText, _cancellation).ConfigureAwait(false);
        try
        {
            return HubModel.Parse(json);
        }
        catch (JsonException)
        {
            return new HubModel(null, null, null);
        }
    });

    /// <summary>Asks for a file's headers.</summary>
    /// <returns>Its commit, hash and length; null if there is no such file.</returns>
    /// <exception cref="PretrainedException">The server refuses.</exception>
    private async Task<(string? Commit, ExpectedHashes Hashes, long? Bytes)?> FindAsync(string name, string revision)
    {
        using Reply reply = await RetryAsync(() => _transport.SendAsync(HttpMethod.Head, AddressOf(name, revision), null, _cancellation)).ConfigureAwait(false);
        int status = (int)reply.Response.StatusCode;
        if (status == (int)HttpStatusCode.NotFound && !IsMissingRepository(reply)) return null;
        if (status >= 400) throw HttpTransport.Refusal(reply);
        ExpectedHashes hashes = ExpectedHashes.OfValidator(reply.LinkedETag ?? reply.ETag?.Trim('"'));
        long? bytes = reply.LinkedSize ?? (status == (int)HttpStatusCode.OK ? reply.Response.Content.Headers.ContentLength : null);
        return (reply.Commit, hashes, bytes);
    }

    /// <summary>Brings a file of a commit into the folder.</summary>
    /// <returns>The file; null if the repository has none of this name.</returns>
    private async Task<PretrainedFile?> FetchAsync(HubModel model, string commit, string name, string folder, bool isWeights)
    {
        if (model.Files?.Contains(name) == false || await FindAsync(name, commit).ConfigureAwait(false) is not { } found) return null;
        ExpectedHashes hashes = isWeights ? found.Hashes.And(_options.Sha256) : found.Hashes;
        long mostBytes = name.EndsWith(".json", StringComparison.Ordinal) ? MostBytesOfText : _options.MaxFileBytes;
        RemoteFile remote = new(AddressOf(name, commit), name, hashes, mostBytes)
        {
            Bytes = found.Bytes,
            TrustExisting = _options.Folder is null && commit != _name.Revision, // the cache has a folder for each commit
        };
        string[] copies =
        [
            .. ((string?[])[_cache.FolderOf(commit), _cache.OtherFolderOf(commit)]).OfType<string>().Select(place => Path.Combine(place, name)),
        ];
        return await new FileDownload(_transport, _options, _progress).FetchAsync(remote, folder, copies, copy: true, _cancellation).ConfigureAwait(false);
    }

    private Task<T> RetryAsync<T>(Func<Task<T>> request) =>
        Retries.RunAsync(_options, text => _progress?.Report(new PretrainedProgress(_name.Repository, 0, null, text)), request, _cancellation);

    private Uri AddressOf(string name, string revision) =>
        new(_endpoint, $"{_name.Owner}/{_name.Repository}/resolve/{Uri.EscapeDataString(revision)}/{name}");

    private static bool IsMissingRepository(Reply reply) =>
        reply.Response.Headers.TryGetValues("X-Error-Code", out IEnumerable<string>? codes) && codes.First() is "RepoNotFound" or "RevisionNotFound";

    private PretrainedException NotFound(string message) => new(PretrainedFailure.NotFound, $"the repository '{_name}' {message}");
}
