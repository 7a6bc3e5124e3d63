using System.Diagnostics;
using System.Reflection;
using System.Runtime.Loader;
using ResNetManaged.Docs.Pages;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Docs.Running;

/// <summary>Compiles a program and runs it in a folder: in this process, or in a separate one if it serves.</summary>
internal static class CSharpRunner
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10); // a program takes a second; the machine may be busy

    private static int _count;

    public static Outcome Run(Snippet snippet, string folder)
    {
        using MemoryStream image = new();
        string faults = CSharpCompiler.Compile(snippet, $"Snippet{++_count}", image);
        if (faults.Length > 0) return new Outcome($"{snippet.Place}: does not compile\n{faults}");
        if (snippet.Blocks.Any(block => block.RunsUntilStopped)) return Serve(snippet, image.ToArray(), folder);
        image.Position = 0;
        return Run(snippet, AssemblyLoadContext.Default.LoadFromStream(image).EntryPoint!, folder);
    }

    private static Outcome Run(Snippet snippet, MethodInfo main, string folder)
    {
        using StringWriter writer = new() { NewLine = "\n" };
        using TextWriter output = TextWriter.Synchronized(writer);
        string? failure = null;
        (TextWriter oldOutput, string oldFolder, ExecutionOptions oldOptions) = (Console.Out, Environment.CurrentDirectory, ExecutionOptions.Default);
        Environment.CurrentDirectory = folder;
        Console.SetOut(output);
        try
        {
            Thread thread = new(() => failure = Invoke(main)) { IsBackground = true };
            thread.Start();
            if (!thread.Join(Patience)) failure = $"did not end within {Patience.TotalSeconds} s";
        }
        finally
        {
            Console.SetOut(oldOutput);
            (Environment.CurrentDirectory, ExecutionOptions.Default) = (oldFolder, oldOptions);
        }
        return new Outcome(failure is null ? null : $"{snippet.Place}: {failure}", Output: writer.ToString());
    }

    /// <summary>Runs a program as an application next to the packages: until it prints its address, then to its end.</summary>
    private static Outcome Serve(Snippet snippet, byte[] image, string folder)
    {
        using TemporaryFolder application = new();
        foreach (string file in CSharpCompiler.PackageFiles) File.Copy(file, application[Path.GetFileName(file)]);
        File.Copy(Path.Combine(AppContext.BaseDirectory, $"{typeof(CSharpRunner).Assembly.GetName().Name}.runtimeconfig.json"),
            application["program.runtimeconfig.json"]);
        ProcessStartInfo start = new("dotnet", ["exec", application.Write("program.dll", image)]) { WorkingDirectory = folder };
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        using Server server = Server.Start(start, out string? failure);
        failure ??= server.Stop();
        return new Outcome(failure is null ? null : $"{snippet.Place}: {failure}", Output: server.Output);
    }

    private static string? Invoke(MethodInfo main)
    {
        try
        {
            object? exitCode = main.Invoke(null, main.GetParameters().Length == 0 ? [] : [Array.Empty<string>()]);
            return exitCode is null or 0 ? null : $"exit code {exitCode}";
        }
        catch (TargetInvocationException exception)
        {
            return exception.InnerException!.ToString();
        }
    }
}
