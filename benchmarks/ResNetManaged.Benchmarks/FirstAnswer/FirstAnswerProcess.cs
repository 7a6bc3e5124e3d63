using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.ML.OnnxRuntime;
using ResNetManaged.Models;
using ResNetManaged.Onnx;
using ResNetManaged.Tensors;

namespace ResNetManaged.Benchmarks.FirstAnswer;

/// <summary>One process that loads a file, computes one output and ends; it loads no other library than the one measured.</summary>
internal static class FirstAnswerProcess
{
    /// <summary>The word that starts it.</summary>
    public const string Name = "process";

    /// <summary>The names of the libraries.</summary>
    public const string Ours = "ours", OnnxRuntime = "onnxruntime";

    private const int Side = 224, Channels = 3;

    /// <summary>Loads the file, answers once and prints the times.</summary>
    public static void Run(string library, string file, int threads)
    {
        Stopwatch watch = Stopwatch.StartNew();
        double loaded = library == Ours ? AnswerOurs(file, threads, watch) : AnswerOnnxRuntime(file, threads, watch);
        double answered = watch.Elapsed.TotalMilliseconds;
        using Process self = Process.GetCurrentProcess();
        Console.WriteLine(new FirstAnswerTimes(loaded, answered, self.PeakWorkingSet64 / 1048576.0).Compose());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double AnswerOurs(string file, int threads, Stopwatch watch)
    {
        ImageNetwork network = OnnxFile.Read(file);
        double loaded = watch.Elapsed.TotalMilliseconds;
        network.Compile(new ExecutionOptions { Threads = threads }).Run(Tensor.Zeros([1, Channels, Side, Side]));
        return loaded;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double AnswerOnnxRuntime(string file, int threads, Stopwatch watch)
    {
        using SessionOptions options = new() { IntraOpNumThreads = threads, GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL };
        using InferenceSession session = new(file, options);
        double loaded = watch.Elapsed.TotalMilliseconds;
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(new float[Channels * Side * Side], [1, Channels, Side, Side]);
        using RunOptions run = new();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(run, session.InputNames, [input], session.OutputNames);
        return loaded;
    }
}
