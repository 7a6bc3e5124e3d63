using Microsoft.Extensions.Options;

namespace ResNetManaged.DependencyInjection;

/// <summary>Validates that <see cref="ResNetOptions"/> have exactly one source, and that its file exists.</summary>
internal sealed class ResNetOptionsValidator : IValidateOptions<ResNetOptions>
{
    private const string Sources =
        $"{nameof(ResNetOptions.CheckpointPath)}, {nameof(ResNetOptions.OpenCheckpoint)} or {nameof(ResNetOptions.CreateModel)}";

    public ValidateOptionsResult Validate(string? name, ResNetOptions options)
    {
        string[] set =
        [
            .. options.CheckpointPath is null ? Array.Empty<string>() : [nameof(ResNetOptions.CheckpointPath)],
            .. options.OpenCheckpoint is null ? Array.Empty<string>() : [nameof(ResNetOptions.OpenCheckpoint)],
            .. options.CreateModel is null ? Array.Empty<string>() : [nameof(ResNetOptions.CreateModel)],
        ];
        if (set.Length == 0) return Fail(name, $"no network was given; set one of {Sources}.");
        if (set.Length > 1) return Fail(name, $"{string.Join(" and ", set)} are set; set only one of {Sources}.");
        if (options.CheckpointPath is { } path && !File.Exists(path))
            return Fail(name, $"{nameof(ResNetOptions.CheckpointPath)} '{path}' does not exist (looked for {FullPath(path)}).");
        return ValidateOptionsResult.Success;
    }

    /// <summary>The name of a network in error messages: <c>AddResNet</c>, <c>AddResNet 'flowers'</c>.</summary>
    public static string Subject(string? name) => string.IsNullOrEmpty(name) ? "AddResNet" : $"AddResNet '{name}'";

    private static ValidateOptionsResult Fail(string? name, string reason) => ValidateOptionsResult.Fail($"{Subject(name)}: {reason}");

    private static string FullPath(string path) => path.Length == 0 ? "nothing" : Path.GetFullPath(path);
}
