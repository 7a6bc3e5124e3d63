using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using ResNetManaged.Pretrained.Storage;

namespace ResNetManaged.Pretrained.Transfer;

/// <summary>Downloads a file: resumes parts, tries again, and gives it its name only once its content is right.</summary>
internal sealed class FileDownload(HttpTransport transport, PretrainedOptions options, IProgress<PretrainedProgress>? progress)
{
    private const int BufferLength = 1 << 17;

    /// <summary>Brings a file into a folder unless it is there.</summary>
    /// <param name="remote">The file.</param>
    /// <param name="folder">The folder; it is created.</param>
    /// <param name="copies">Where else on this machine the file may be.</param>
    /// <param name="copy">Whether the file must be in the folder; otherwise a copy elsewhere is used where it is.</param>
    /// <param name="cancellation">Ends the download; the part remains.</param>
    /// <returns>Where the file is.</returns>
    /// <exception cref="PretrainedException">The file cannot be downloaded or written.</exception>
    public async Task<PretrainedFile> FetchAsync(
        RemoteFile remote, string folder, IEnumerable<string> copies, bool copy, CancellationToken cancellation)
    {
        string target = Path.Combine(folder, remote.Name);
        try
        {
            Directory.CreateDirectory(folder);
            if (Directory.Exists(target)) throw new PretrainedException(PretrainedFailure.Storage, $"'{target}' is a folder; expected a file or nothing");
            using FileLock taken = await FileLock.AcquireAsync(target, text => Notify(remote, null, text), cancellation).ConfigureAwait(false);
            bool mayBeThere = File.Exists(target) && (remote.Hashes.Any || remote.TrustExisting);
            if (mayBeThere && await CheckAsync(target, remote, cancellation).ConfigureAwait(false) is { } existing) return existing;
            PartialFile part = new(target);
            foreach (string path in copies.Where(File.Exists))
            {
                if (!remote.Hashes.Any || await CheckAsync(path, remote, cancellation).ConfigureAwait(false) is not { } found) continue;
                if (!copy) return found;
                part.Discard();
                File.Copy(path, part.Path);
                part.Finish();
                return new PretrainedFile(target, found.Bytes, found.Sha256);
            }
            return await DownloadAsync(remote, target, part, cancellation).ConfigureAwait(false);
        }
        catch (PretrainedException exception) when (exception.Failure == PretrainedFailure.WrongSize)
        {
            new PartialFile(target).Discard();
            throw;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw DiskSpace.Failure(target, exception);
        }
    }

    /// <summary>Describes a file on this machine if its content is right; else tells the user and returns null.</summary>
    private async Task<PretrainedFile?> CheckAsync(string path, RemoteFile remote, CancellationToken cancellation)
    {
        (string sha256, string? fault) = await remote.Hashes.CheckAsync(path, cancellation).ConfigureAwait(false);
        if (fault is null) return new PretrainedFile(path, new FileInfo(path).Length, sha256);
        Notify(remote, null, $"'{path}' is not used: it {fault}");
        return null;
    }

    private async Task<PretrainedFile> DownloadAsync(RemoteFile remote, string target, PartialFile part, CancellationToken cancellation)
    {
        while (true)
        {
            part.Read(remote.Address.AbsoluteUri);
            bool resumed = part.Length > 0;
            await CompleteAsync(remote, part, cancellation).ConfigureAwait(false);
            (string sha256, string? fault) = await remote.Hashes.CheckAsync(part.Path, cancellation).ConfigureAwait(false);
            if (fault is null)
            {
                part.Finish();
                return new PretrainedFile(target, new FileInfo(target).Length, sha256);
            }
            part.Discard();
            if (!resumed) throw new PretrainedException(PretrainedFailure.WrongHash, $"'{Addresses.Shown(remote.Address)}' {fault}");
            Notify(remote, part, $"'{Addresses.Shown(remote.Address)}' was damaged on disk; starting over");
        }
    }

    /// <summary>Requests what is missing until nothing is.</summary>
    private async Task CompleteAsync(RemoteFile remote, PartialFile part, CancellationToken cancellation)
    {
        Retries retries = new(options, text => Notify(remote, part, text));
        long furthest = part.Length;
        while (part.Length == 0 || part.Length != part.Total)
        {
            try
            {
                await TransferAsync(remote, part, cancellation).ConfigureAwait(false);
                return;
            }
            catch (TransientException exception)
            {
                if (part.Length > furthest) retries.Restart();
                furthest = Math.Max(furthest, part.Length);
                await retries.PauseAsync(exception, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Makes one request and writes what it brings.</summary>
    private async Task TransferAsync(RemoteFile remote, PartialFile part, CancellationToken cancellation)
    {
        if (part.ETag is null || part.Total < part.Length) part.Discard(); // without a validator, the rest could be another version's
        long from = part.Length;
        using Reply reply = await transport.SendAsync(HttpMethod.Get, remote.Address, request => Resume(request, part), cancellation).ConfigureAwait(false);
        HttpContentHeaders headers = reply.Response.Content.Headers;
        long? total;
        switch (reply.Response.StatusCode)
        {
            case HttpStatusCode.OK:
                (total, from) = (headers.ContentLength, 0);
                break;
            case HttpStatusCode.PartialContent when Continues(headers.ContentRange, reply, part):
                total = part.Total;
                break;
            case HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable:
                part.Discard();
                throw new TransientException(PretrainedFailure.Server, $"'{reply.Shown}' does not continue the same version of the file");
            default:
                throw HttpTransport.Refusal(reply);
        }
        if (headers.ContentEncoding.Any(encoding => encoding != "identity"))
            throw new PretrainedException(PretrainedFailure.Server, $"'{reply.Shown}' answers with compressed content, which was not requested");
        RequireSize(remote, reply, total);
        if (total is { } length) DiskSpace.Require(options, part.Path, length - from);

        FileStream data = from > 0 ? part.Append() : part.Begin(remote.Address.AbsoluteUri, reply.ETag, total);
        await using (data.ConfigureAwait(false)) await WriteAsync(remote, part, reply, data, cancellation).ConfigureAwait(false);
        if ((total ?? remote.Bytes) is { } expected && part.Length != expected)
        {
            throw new TransientException(PretrainedFailure.Network, string.Create(CultureInfo.InvariantCulture,
                $"'{reply.Shown}' ended after {part.Length} of {expected} bytes"));
        }
    }

    /// <summary>Whether a partial response is the rest of the version that has been begun.</summary>
    private static bool Continues(ContentRangeHeaderValue? range, Reply reply, PartialFile part) =>
        range is not null && range.From == part.Length && (range.Length ?? part.Total) == part.Total && reply.ETag == part.ETag;

    private async Task WriteAsync(RemoteFile remote, PartialFile part, Reply reply, FileStream data, CancellationToken cancellation)
    {
        byte[] buffer = new byte[BufferLength];
        Stream body = await reply.Response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            for (int count; (count = await transport.ReadAsync(body, buffer, reply.Shown, cancellation).ConfigureAwait(false)) > 0;)
            {
                if (part.Length + count > remote.MostBytes) throw TooLong(remote, reply);
                await data.WriteAsync(buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
                part.Add(count);
                progress?.Report(new PretrainedProgress(remote.Name, part.Length, part.Total ?? remote.Bytes));
            }
        }
    }

    private static void Resume(HttpRequestMessage request, PartialFile part)
    {
        if (part.Length == 0) return;
        request.Headers.Range = new RangeHeaderValue(part.Length, null);
        request.Headers.IfRange = new RangeConditionHeaderValue(new EntityTagHeaderValue(part.ETag!));
    }

    private static void RequireSize(RemoteFile remote, Reply reply, long? total)
    {
        if (total > remote.MostBytes) throw TooLong(remote, reply);
        if ((remote.Bytes ?? reply.LinkedSize) is { } bytes && total is not null && total != bytes)
        {
            throw new PretrainedException(PretrainedFailure.WrongSize, string.Create(CultureInfo.InvariantCulture,
                $"'{reply.Shown}' has {total} bytes; expected {bytes}"));
        }
    }

    private static PretrainedException TooLong(RemoteFile remote, Reply reply) => new(PretrainedFailure.WrongSize,
        string.Create(CultureInfo.InvariantCulture, $"'{reply.Shown}' has more than {remote.MostBytes} bytes, the most that is accepted"));

    private void Notify(RemoteFile remote, PartialFile? part, string text) =>
        progress?.Report(new PretrainedProgress(remote.Name, part?.Length ?? 0, part?.Total ?? remote.Bytes, text));
}
