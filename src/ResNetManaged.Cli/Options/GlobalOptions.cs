using System.CommandLine;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Output;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Cli.Options;

/// <summary>The options of every command.</summary>
internal sealed class GlobalOptions
{
    private readonly Option<int> _threads = new("--threads")
    {
        Description = "Threads to compute on; by default the number of processors that this process may use",
        HelpName = "N",
        Recursive = true,
        CustomParser = OptionRules.AtLeast(1),
    };

    private readonly Option<SimdPath> _isa = new("--isa")
    {
        Description = $"Vector width: {SimdDispatch.Names}",
        HelpName = "ISA",
        Recursive = true,
        CustomParser = result =>
        {
            if (!SimdDispatch.TryParse(result.Tokens[0].Value, out SimdPath path))
                result.AddError($"--isa '{result.Tokens[0].Value}' is unknown; expected {SimdDispatch.Names}");
            return path;
        },
    };

    private readonly Option<Precision> _precision = new("--precision")
    {
        Description = "Algorithms: fast (the default, which allows Winograd convolutions) or exact",
        HelpName = "fast|exact",
        Recursive = true,
        CustomParser = OptionRules.NameOf<Precision>(),
    };

    private readonly Option<bool> _quiet = new("--quiet") { Description = "No progress bar and no warnings", Recursive = true };

    private readonly Option<bool> _verbose = new("--verbose")
    {
        Description = "Print details to the error stream, and the stack trace of a failure",
        Recursive = true,
    };

    public void AddTo(RootCommand root)
    {
        root.Add(_threads);
        root.Add(_isa);
        root.Add(_precision);
        root.Add(_quiet);
        root.Add(_verbose);
    }

    public bool IsVerbose(ParseResult arguments) => arguments.GetValue(_verbose);

    /// <summary>Checks the vector width now rather than in the first kernel.</summary>
    /// <exception cref="UsageException">The environment variable names no vector width.</exception>
    /// <exception cref="CommandFailedException">This processor does not have the vector width.</exception>
    private static void RequireVectorWidth(SimdPath path)
    {
        string? setting = Environment.GetEnvironmentVariable(SimdDispatch.EnvironmentVariable);
        if (path == SimdPath.Auto && !string.IsNullOrEmpty(setting) && !SimdDispatch.TryParse(setting, out _))
            throw new UsageException($"the environment variable {SimdDispatch.EnvironmentVariable} is '{setting}'; expected {SimdDispatch.Names}");
        try
        {
            SimdDispatch.Resolve(path);
        }
        catch (PlatformNotSupportedException exception)
        {
            throw new CommandFailedException(exception.Message, exception);
        }
    }

    public Session StartSession(ParseResult arguments, Terminal terminal, CancellationToken cancellation)
    {
        ExecutionOptions execution = new()
        {
            Threads = arguments.GetValue(_threads),
            Simd = arguments.GetValue(_isa),
            Precision = arguments.GetValue(_precision),
        };
        RequireVectorWidth(execution.Simd);
        return new Session(terminal, execution, arguments.GetValue(_quiet), IsVerbose(arguments), cancellation);
    }
}
