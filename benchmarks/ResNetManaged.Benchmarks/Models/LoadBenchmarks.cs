using BenchmarkDotNet.Attributes;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Benchmarks.Models;

/// <summary>Loading a ResNet-50 checkpoint of 102 MB, compared with reading the same file into one array.</summary>
/// <remarks>The file is in the operating system's cache, so both measure memory, not the disk.</remarks>
public class LoadBenchmarks
{
    private string _path = "";

    [GlobalSetup]
    public void WriteCheckpoint()
    {
        _path = Path.GetTempFileName();
        Safetensors.Write(_path, ResNet.Create("resnet50", generator: new TorchGenerator(0)).StateDict());
    }

    [GlobalCleanup]
    public void DeleteCheckpoint() => File.Delete(_path);

    [Benchmark(Baseline = true)]
    public byte[] ReadBytes() => File.ReadAllBytes(_path);

    [Benchmark]
    public ResNet LoadNetwork() => ResNetCheckpoint.Load(_path);

    [Benchmark]
    public float LoadNetworkAndReadElements()
    {
        float sum = 0;
        foreach (Parameter parameter in ResNetCheckpoint.Load(_path).Parameters()) sum += parameter.Value.ReadOnlySpan[0]; // reads all of it
        return sum;
    }
}
