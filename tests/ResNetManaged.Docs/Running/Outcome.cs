namespace ResNetManaged.Docs.Running;

/// <summary>The outcome of a snippet.</summary>
/// <param name="Failure">The failure, beginning with page and line; null if there was none.</param>
/// <param name="NotRun">Why it could not be run on this machine; null if it was run.</param>
/// <param name="Output">The printed text.</param>
internal sealed record Outcome(string? Failure = null, string? NotRun = null, string Output = "");
