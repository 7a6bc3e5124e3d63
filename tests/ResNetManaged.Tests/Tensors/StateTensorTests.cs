using NUnit.Framework;
using ResNetManaged.Models;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Tests.Tensors;

public sealed class StateTensorTests
{
    [Test]
    public void ElementsAreCreatedOnceOnFirstUse()
    {
        int made = 0;
        StateTensor state = new([2], shape =>
        {
            made++;
            return Tensor.Ones(shape);
        });
        Assert.That(made, Is.Zero);
        Tensor first = state.Value;
        Assert.That(state.Value, Is.SameAs(first));
        Assert.That(made, Is.EqualTo(1));
    }

    [Test]
    public void ManyThreadsSeeTheSameRandomElements()
    {
        for (int round = 0; round < 20; round++)
        {
            Parameter parameter = new([64], (shape, generator) => Tensor.Uniform(shape, generator), generator: null);
            Tensor[] seen = new Tensor[4];
            using Barrier start = new(seen.Length);
            Thread[] threads = [.. Enumerable.Range(0, seen.Length).Select(i => new Thread(() =>
            {
                start.SignalAndWait();
                seen[i] = parameter.Value;
            }))];
            foreach (Thread thread in threads) thread.Start();
            foreach (Thread thread in threads) thread.Join();
            Assert.That(seen, Is.All.SameAs(parameter.Value));
        }
    }

    [Test]
    public void AnInitializerThatReturnsAnotherShapeThrows()
    {
        StateTensor state = new([2], _ => Tensor.Zeros([3]));
        Assert.That(() => state.Value, Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo(
            "StateTensor: the initializer returned a tensor of shape [3]; expected shape [2]."));
        Parameter parameter = new([2], (_, _) => null!, generator: null);
        Assert.That(() => parameter.Value, Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo(
            "Parameter: the initializer returned null; expected shape [2]."));
    }

    [Test]
    public void ReplacingTheElementsRequiresTheSameShape() => Assert.That(
        () => new StateTensor([2], Tensor.Zeros).Value = Tensor.Zeros([2, 1]), Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo(
            "StateTensor: the new tensor has shape [2, 1]; expected [2]."));

    [Test]
    public void TheVersionGrowsWithEveryChange()
    {
        Parameter parameter = new([2], 1f);
        List<long> versions = [parameter.Version];
        void Change(Action change)
        {
            change();
            versions.Add(parameter.Version);
        }
        Change(() => parameter.Value[0] = 2);
        Change(() => parameter.Value.Span.Clear());
        Change(() => parameter.Value.AsTensorSpan().Clear());
        Change(() => parameter.Value.Reshape([2, 1])[0, 0] = 3);
        Change(() => parameter.Fill(3));
        Change(() => parameter.Initialize((shape, _) => Tensor.Zeros(shape), generator: null));
        Change(() => parameter.Initialize((shape, _) => Tensor.Zeros(shape), new TorchGenerator(0)));
        Change(() => parameter.Value = Tensor.Ones([2]));
        Change(() => parameter.Value.Span[0] = 4);
        Assert.That(versions, Is.Ordered.Ascending.And.Unique);
    }

    [Test]
    public void ReadingDoesNotChangeTheVersion()
    {
        Parameter parameter = new([2], (shape, generator) => Tensor.Uniform(shape, generator), generator: null);
        long version = parameter.Version;
        Tensor value = parameter.Value; // draws the elements
        _ = value[0] + value.ReadOnlySpan[1] + value.AsReadOnlyTensorSpan()[0] + value.Clone().Span[0] + value.Reshape([2, 1])[0, 0];
        _ = parameter.ToString() + value.MaxAbsoluteDifference(value) + value.AllClose(value) + Tensor.Concatenate(value, value) + value.Slice(0);
        float[] scratch = [];
        Assert.That(parameter.Borrow(ref scratch), Is.SameAs(value), "random elements cannot be redrawn");
        Assert.That(parameter.Version, Is.EqualTo(version));
    }

    [Test]
    public void TheVersionIsKnownWithoutCreatingTheElements()
    {
        float[] scratch = [];
        StateTensor state = new([2], _ => throw new InvalidOperationException("made"));
        Assert.That(state.Version, Is.Zero);
        Assert.That(() => state.Borrow(ref scratch), Throws.InvalidOperationException);

        state.Value = Tensor.ReadLater([2], _ => throw new InvalidOperationException("read"));
        Assert.That(state.Version, Is.EqualTo(1));
        Assert.That(() => state.Borrow(ref scratch), Throws.InvalidOperationException);
    }

    [Test]
    public void OnlyForwardPassesInTrainingModeChangeVersions()
    {
        ResNet network = ResNet.Create("cifar_resnet20").Eval();
        long[] Versions() => [.. network.NamedState().Select(entry => entry.Tensor.Version)];
        long[] before = Versions();
        network.Forward(Tensor.Zeros([1, 3, 32, 32]));
        Assert.That(Versions(), Is.EqualTo(before));

        network.Train();
        network.Forward(Tensor.Zeros([2, 3, 32, 32]));
        foreach (((string path, StateTensor tensor), long old) in network.NamedState().Zip(before))
            Assert.That(tensor.Version != old, Is.EqualTo(tensor is not Parameter), path); // the running statistics
    }
}
