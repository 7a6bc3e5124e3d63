namespace ResNetManaged.Docs.Running;

/// <summary>How a snippet ended.</summary>
/// <param name="Failure">What went wrong, beginning with page and line; null if nothing did.</param>
/// <param name="NotRun">Why it could not be run on this machine; null if it was run.</param>
/// <param name="Output">What it printed.</param>
internal sealed record Outcome(string? Failure = null, string? NotRun = null, string Output = "");
