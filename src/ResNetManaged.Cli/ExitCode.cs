namespace ResNetManaged.Cli;

/// <summary>The process's exit codes.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1; // the operation failed, or the program has a fault: the line on the error stream says which
    public const int WrongUsage = 2;
    public const int Cancelled = 130; // what a shell reports for a process that SIGINT ended
}
