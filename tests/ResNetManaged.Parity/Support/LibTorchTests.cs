using NUnit.Framework;
using TorchSharp;

namespace ResNetManaged.Parity.Support;

/// <summary>Tests that need LibTorch. A test's LibTorch tensors are freed when it ends.</summary>
[NonParallelizable]
public abstract class LibTorchTests
{
    private DisposeScope? _scope;

    [OneTimeSetUp]
    public void RequireLibTorch() => LibTorch.Require();

    [SetUp]
    public void OpenScope() => _scope = torch.NewDisposeScope();

    [TearDown]
    public void CloseScope() => _scope?.Dispose();
}
