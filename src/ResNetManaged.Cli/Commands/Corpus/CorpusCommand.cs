using System.CommandLine;

namespace ResNetManaged.Cli.Commands.Corpus;

/// <summary>Groups the commands for corpora of any size.</summary>
internal sealed class CorpusCommand : CliCommand
{
    public CorpusCommand()
        : base("corpus", "Embed or classify any number of pictures, on any number of machines: plan, run, status, verify.",
            "resnet corpus plan photos/ --output emb",
            "resnet corpus plan 'data/{000..999}.tar' --output classes --weights resnet50.pth --classify 5",
            "resnet corpus run emb",
            "resnet corpus verify emb --recompute 0.001")
    {
        foreach (CliCommand part in (CliCommand[])[new CorpusPlanCommand(), new CorpusRunCommand(), new CorpusStatusCommand(), new CorpusVerifyCommand()]) Add(part);
    }

    public static Argument<string> CreateFolder() => new("DIR") { Description = "The folder that 'resnet corpus plan' wrote" };

    public override int Run(ParseResult arguments, Session session) => throw new NotSupportedException("The parser demands a subcommand.");
}
