using System.Security.Cryptography;
using ResNetManaged.Corpus.Running;
using ResNetManaged.Corpus.Writing;
using ResNetManaged.Serialization;

namespace ResNetManaged.Corpus;

/// <summary>Checks a corpus: that every shard has its manifest, rows + failed = items, and every file the bytes that the manifest names.</summary>
public sealed class CorpusVerifier
{
    private readonly CorpusPlan _plan;
    private readonly CorpusRunner? _runner;
    private readonly double _share;
    private readonly Action<string> _report;
    private int _problems;

    /// <summary>Creates a verifier.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="report">Receives each problem, as one sentence.</param>
    /// <param name="runner">Computes results again, to compare their bits; null to compare hashes only.</param>
    /// <param name="share">The share of results to compute again, 0 to 1. Which ones is drawn from the plan's identity, so always the same.</param>
    public CorpusVerifier(CorpusPlan plan, Action<string> report, CorpusRunner? runner = null, double share = 0)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(report);
        if (share is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(share), share, "CorpusVerifier: expected a share from 0 to 1.");
        (_plan, _report, _runner, _share) = (plan, report, runner, share);
    }

    /// <summary>Checks everything.</summary>
    /// <param name="progress">Receives the number of checked shards.</param>
    /// <param name="cancellationToken">Checked between shards and pictures.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The check was canceled.</exception>
    public CorpusVerification Verify(IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        _problems = 0;
        CorpusStatus status = new(_plan.ShardCount, 0, 0, 0, 0, 0);
        long recomputed = 0;
        for (int shard = 0; shard < _plan.ShardCount; shard++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ShardManifest? manifest = Find(shard);
            if (manifest is not null)
            {
                status = status with
                {
                    Done = status.Done + 1,
                    Items = status.Items + manifest.Items,
                    Rows = status.Rows + manifest.Rows,
                    Failed = status.Failed + manifest.Failed,
                };
                if (Check(manifest) && _runner is not null && _share > 0) recomputed += Recompute(manifest, cancellationToken);
            }
            progress?.Report(shard + 1);
        }
        CheckNames(cancellationToken);
        return new CorpusVerification(status with { SetAside = CorpusStatus.CountSetAside(_plan) }, _problems, recomputed);
    }

    private ShardManifest? Find(int shard)
    {
        try
        {
            ShardManifest? manifest = ShardManifest.Find(_plan, shard);
            if (manifest is null) Report($"Shard {shard} is not done.");
            return manifest;
        }
        catch (CorpusException exception)
        {
            Report(exception.Message);
            return null;
        }
    }

    private bool Check(ShardManifest manifest)
    {
        int before = _problems;
        int shard = manifest.Shard;
        if (manifest.Rows + manifest.Failed != manifest.Items)
            Report($"Shard {shard} has {manifest.Rows} rows and {manifest.Failed} failures of {manifest.Items} pictures; expected rows + failures = pictures.");
        if (_plan.InputOf(shard).Count is long planned && planned != manifest.Items)
            Report($"Shard {shard} has {manifest.Items} pictures; {planned} were planned.");
        foreach (ShardFile file in manifest.Files)
        {
            string path = Path.Combine(_plan.ShardFolder, file.Name);
            if (!File.Exists(path)) Report($"Shard {shard}: there is no file '{path}'.");
            else if (new FileInfo(path).Length is long length && length != file.Bytes) Report($"Shard {shard}: '{path}' has {length} bytes; its manifest says {file.Bytes}.");
            else if (HashOf(path) != file.Sha256) Report($"Shard {shard}: '{path}' has another SHA-256 than its manifest says.");
            else CheckRows(manifest, file, path);
        }
        return _problems == before;
    }

    /// <summary>Checks that the files have as many rows as the manifest counts.</summary>
    private void CheckRows(ShardManifest manifest, ShardFile file, string path)
    {
        long rows = file.Name.EndsWith(VectorArrayWriter.ArrayExtension, StringComparison.Ordinal) ? RowsOf(path) : LinesOf(path);
        long expected = file.Name.EndsWith(ErrorWriter.Extension, StringComparison.Ordinal) ? manifest.Failed : manifest.Rows;
        if (rows != expected) Report($"Shard {manifest.Shard}: '{path}' has {rows} rows; its manifest says {expected}.");
    }

    private long Recompute(ShardManifest manifest, CancellationToken cancellationToken)
    {
        try
        {
            long rows = _runner!.Computation.Compare(_plan, manifest.Shard, IsChosen, out string? difference, cancellationToken);
            if (difference is not null) Report($"Shard {manifest.Shard}: {difference}");
            return rows;
        }
        catch (ShardException exception)
        {
            Report(exception.Message);
            return 0;
        }

        bool IsChosen(long item)
        {
            byte[] hash = SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{_plan.Id} {manifest.Shard} {item}"));
            return BitConverter.ToUInt32(hash) < _share * (1L << 32);
        }
    }

    /// <summary>Reports files that belong to no shard's manifest.</summary>
    private void CheckNames(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(_plan.ShardFolder)) return;
        foreach (string path in Directory.EnumerateFiles(_plan.ShardFolder))
        {
            cancellationToken.ThrowIfCancellationRequested();
            string name = Path.GetFileName(path);
            bool isOfPlan = name.Length > 6 && int.TryParse(name.AsSpan(0, name.IndexOf('.')), out int shard) && shard < _plan.ShardCount
                && (name == CorpusPlan.NameOf(shard) + ".json" || Leftovers.Extensions.Any(extension => name == CorpusPlan.NameOf(shard) + extension));
            if (!isOfPlan) Report($"The file '{path}' belongs to no shard of the plan.");
        }
    }

    private void Report(string problem)
    {
        _problems++;
        _report(problem);
    }

    private long RowsOf(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            (long rows, int dimensions) = NpyHeader.ReadMatrix(file, path);
            return dimensions == _plan.Dimensions ? rows : -1;
        }
        catch (NpyFormatException)
        {
            return -1;
        }
    }

    private static long LinesOf(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        byte[] buffer = new byte[1 << 16];
        long lines = 0;
        for (int got; (got = file.Read(buffer)) > 0;) lines += buffer.AsSpan(0, got).Count((byte)'\n');
        return lines;
    }

    private static string HashOf(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
