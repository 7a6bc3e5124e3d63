using System.IO.Compression;
using NUnit.Framework;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support.Files;

namespace ResNetManaged.Tests.Plans;

/// <summary>A trained network on real images, whose errors random networks cannot represent.</summary>
public sealed class RealNetworkTests
{
    /// <summary>The error that both precisions promise for this network, relative to the largest logit's magnitude.</summary>
    private const double Relative = 1e-5;

    [TestCase(207)]
    [TestCase(817)]
    public void LogitsOfResNet18MatchDoublePrecision(int image)
    {
        string checkpoint = SharedData.PathOf("imagenet/resnet18-evaluation-only.pth.gz");
        Tensor input = Npy.Read(SharedData.PathOf($"imagenet/input_{image}.npy"));
        Tensor torch = Npy.Read(SharedData.PathOf($"imagenet/resnet18-evaluation-only.logits_{image}.npy"));
        using MemoryStream file = new();
        using (GZipStream packed = new(File.OpenRead(checkpoint), CompressionMode.Decompress)) packed.CopyTo(file);
        file.Position = 0;
        ResNet network = ResNetCheckpoint.Build(Checkpoint.Load(file)).Eval();

        double[] exact = ReferenceNetwork.Run(network.Trace(input.Shape), input);
        double tolerance = Relative * exact.Max(Math.Abs);
        foreach (Precision precision in Enum.GetValues<Precision>())
        {
            float[] logits = network.Compile(new ExecutionOptions { Precision = precision }).Run(input).ReadOnlySpan.ToArray();
            TestContext.Out.WriteLine($"{precision}: {logits.Select((logit, i) => Math.Abs(logit - exact[i])).Max() / exact.Max(Math.Abs):E2}");
            Agreement.AssertClose(logits, exact, tolerance, $"{precision}");
        }
        Agreement.AssertClose(torch.ReadOnlySpan, exact, tolerance, "PyTorch's logits");
    }
}
