namespace ResNetManaged.Pretrained.Storage;

/// <summary>What is known about a file's content beforehand.</summary>
/// <param name="Sha256">The beginnings of its SHA-256, or all of it, in hexadecimal digits.</param>
/// <param name="GitBlob">Git's name of its content; null if unknown.</param>
internal sealed record ExpectedHashes(IReadOnlyList<string> Sha256, string? GitBlob = null)
{
    private const int Sha256Digits = 64, GitDigits = 40;

    /// <summary>Whether anything is known.</summary>
    public bool Any => Sha256.Count > 0 || GitBlob is not null;

    /// <summary>What Hugging Face's validator says: the SHA-256 of a large file, or git's name of a small one.</summary>
    public static ExpectedHashes OfValidator(string? etag) =>
        FileHash.IsHex(etag, Sha256Digits) ? new ExpectedHashes([etag!])
        : FileHash.IsHex(etag, GitDigits) ? new ExpectedHashes([], etag)
        : new ExpectedHashes([]);

    /// <summary>The same with a hash that the user gave; null for none.</summary>
    /// <exception cref="PretrainedException">It is not a SHA-256.</exception>
    public ExpectedHashes And(string? given) =>
        given is null ? this
        : FileHash.IsHex(given, Sha256Digits) ? this with { Sha256 = [.. Sha256, given] }
        : throw new PretrainedException(PretrainedFailure.UnknownName, $"'{given}' is not a SHA-256; expected {Sha256Digits} hexadecimal digits");

    /// <summary>Compares a file with everything that is known.</summary>
    /// <returns>Its SHA-256, and what is wrong with it as a clause; null if nothing is.</returns>
    public async Task<(string Sha256, string? Fault)> CheckAsync(string path, CancellationToken cancellation)
    {
        string actual = await FileHash.Sha256Async(path, cancellation).ConfigureAwait(false);
        foreach (string expected in Sha256)
        {
            if (actual.StartsWith(expected, StringComparison.OrdinalIgnoreCase)) continue;
            string whole = expected.Length < Sha256Digits ? "it to begin with " : "";
            return (actual, $"has the SHA-256 {actual}; expected {whole}{expected.ToLowerInvariant()}");
        }
        if (GitBlob is null) return (actual, null);
        string blob = await FileHash.GitBlobAsync(path, cancellation).ConfigureAwait(false);
        return (actual, blob.Equals(GitBlob, StringComparison.OrdinalIgnoreCase) ? null : $"has the git hash {blob}; expected {GitBlob}");
    }
}
