using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ResNetManaged.Docs.Pages;

namespace ResNetManaged.Docs.Running;

/// <summary>Runs a block's command lines with <c>sh</c>, up to the first that fails; <c>resnet</c> is the built command line.</summary>
/// <remarks><c>resnet serve</c> keeps serving on a free port until <see cref="StopServers"/>, as in another window.</remarks>
internal sealed class ShellRunner(string folder, string programs) : IDisposable
{
    private const string CommandLine = "resnet ";
    private const string Serve = CommandLine + "serve ";
    private const string Port = "8080"; // the port in the pages
    private const string FromClone = "dotnet run -c Release --project src/ResNetManaged.Cli -- ";
    private const string LineMark = "in line ";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly string _port = FreePort().ToString(CultureInfo.InvariantCulture);
    private readonly List<(string Place, Server Server)> _servers = [];

    public Outcome Run(Snippet snippet)
    {
        Block block = snippet.Blocks[0];
        Outcome outcome = new();
        StringBuilder script = new();
        for (int i = 0; i < block.Text.Lines.Count && outcome.Failure is null; i++)
        {
            int line = block.Text.Line + i;
            string command = block.Text.Lines[i];
            while (command.EndsWith('\\')) command = command[..^1] + block.Text.Lines[++i].TrimStart();
            if (WithoutComment(command) is not { Length: > 0 } plain) continue;

            if (plain.StartsWith(FromClone, StringComparison.Ordinal)) plain = CommandLine + plain[FromClone.Length..];
            string place = $"{snippet.Page.Name}:{line}";
            if (block.CiStep is not null || plain.StartsWith("dotnet ", StringComparison.Ordinal))
            {
                if (ContinuousIntegration.OfRepository.Fault(plain, block.CiStep) is { } fault) return new Outcome($"{place}: '{plain}': {fault}");
            }
            else if (plain.StartsWith(Serve, StringComparison.Ordinal))
            {
                outcome = Execute(snippet, script, outcome);
                if (outcome.Failure is null) outcome = StartServer(place, plain, outcome);
            }
            else
            {
                script.Append(CultureInfo.InvariantCulture, $"line={line}\n{plain}\n");
            }
        }
        return outcome.Failure is null ? Execute(snippet, script, outcome) : outcome;
    }

    /// <summary>Stops all servers.</summary>
    /// <returns>The failures; null if all servers stopped cleanly.</returns>
    public string? StopServers()
    {
        string?[] faults = [.. _servers.Select(server => server.Server.Stop() is { } fault ? $"{server.Place}: {fault}" : null)];
        return Array.Find(faults, fault => fault is not null);
    }

    public void Dispose()
    {
        foreach ((_, Server server) in _servers) server.Dispose();
    }

    /// <summary>Makes <c>resnet</c> a command: writes a folder for PATH.</summary>
    public static void WriteCommand(string programs)
    {
        string file = Path.Combine(programs, CommandLine.TrimEnd());
        File.WriteAllText(file, $"#!/bin/sh\nexec dotnet exec '{Path.Combine(AppContext.BaseDirectory, "resnet.dll")}' \"$@\"\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    /// <summary>A command line without the comment at its end; a comment follows a space.</summary>
    private static string WithoutComment(string line)
    {
        int comment = line.StartsWith('#') ? 0 : line.IndexOf(" #", StringComparison.Ordinal);
        return (comment < 0 ? line : line[..comment]).Trim();
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private Outcome StartServer(string place, string command, Outcome before)
    {
        Server server = Server.Start(Shell("exec " + command), out string? failure);
        _servers.Add((place, server));
        return before with { Failure = failure is null ? null : $"{place}: {failure}" };
    }

    /// <summary>Runs the script and empties it.</summary>
    private Outcome Execute(Snippet snippet, StringBuilder script, Outcome before)
    {
        if (script.Length == 0) return before;
        using Process process = Process.Start(Shell($"set -e\ntrap '[ $? -eq 0 ] || echo \"{LineMark}$line\" >&2' EXIT\n{script}"))!;
        script.Clear();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            return new Outcome($"{snippet.Place}: did not end within {Patience.TotalSeconds} s\n{output.Result}{error.Result}");
        }
        if (process.ExitCode == 0) return new Outcome(Output: before.Output + output.Result);
        string place = error.Result.Split('\n').LastOrDefault(line => line.StartsWith(LineMark, StringComparison.Ordinal)) is { } mark
            ? $"{snippet.Page.Name}:{mark[LineMark.Length..]}"
            : snippet.Place;
        return new Outcome($"{place}: exit code {process.ExitCode}\n{output.Result}{error.Result}");
    }

    private ProcessStartInfo Shell(string script)
    {
        ProcessStartInfo start = new("sh", ["-c", script.Replace(Port, _port, StringComparison.Ordinal)])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = programs + Path.PathSeparator + start.Environment["PATH"];
        return start;
    }
}
