using NUnit.Framework;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Tensors;

public sealed class StateTensorTests
{
    [Test]
    public void ElementsAreMadeOnceAndOnlyWhenNeeded()
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
    public void AnInitializerOfAnotherShapeIsAnError()
    {
        StateTensor state = new([2], _ => Tensor.Zeros([3]));
        Assert.That(() => state.Value, Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo(
            "StateTensor: its initializer made a tensor of shape [3]; expected shape [2]."));
        Parameter parameter = new([2], (_, _) => null!, generator: null);
        Assert.That(() => parameter.Value, Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo(
            "Parameter: its initializer made null; expected shape [2]."));
    }

    [Test]
    public void ReplacingTheElementsNeedsTheSameShape() => Assert.That(
        () => new StateTensor([2], Tensor.Zeros).Value = Tensor.Zeros([2, 1]), Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo(
            "StateTensor: a tensor of shape [2, 1] cannot replace one of shape [2]."));
}
