using System.CommandLine;
using ResNetManaged.Cli.Output;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Cli.Options;

/// <summary>The options that every command has.</summary>
internal sealed class GlobalOptions
{
    private readonly Option<int> _threads = new("--threads")
    {
        Description = "Threads to compute on; by default the processors that this process may use",
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
        Description = "Algorithms: fast (the default, with Winograd's convolutions) or exact",
        HelpName = "fast|exact",
        Recursive = true,
        CustomParser = OptionRules.NameOf<Precision>(),
    };

    private readonly Option<bool> _quiet = new("--quiet") { Description = "No progress bar, no warnings", Recursive = true };

    private readonly Option<bool> _verbose = new("--verbose")
    {
        Description = "Say more on the error stream; failures with their stack",
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

    public Session StartSession(ParseResult arguments, Terminal terminal, CancellationToken cancellation)
    {
        ExecutionOptions execution = new()
        {
            Threads = arguments.GetValue(_threads),
            Simd = arguments.GetValue(_isa),
            Precision = arguments.GetValue(_precision),
        };
        SimdDispatch.Resolve(execution.Simd); // now rather than in the first kernel
        return new Session(terminal, execution, arguments.GetValue(_quiet), IsVerbose(arguments), cancellation);
    }
}
