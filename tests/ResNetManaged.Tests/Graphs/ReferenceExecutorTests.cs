using NUnit.Framework;
using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Graphs;

/// <summary>Memory reuse is invisible: a value that is still needed is never overwritten.</summary>
public sealed class ReferenceExecutorTests
{
    private static readonly float[] Input = [-1, 2, -3, 4];

    [Test]
    public void TheInputIsNeitherModifiedNorReturned()
    {
        Tensor input = Tensor.FromSpan(Input, [1, 4]);
        foreach (Func<Value, Value> forward in new Func<Value, Value>[] { value => value, value => value.Flatten(), Relu, value => Relu(value.Flatten()) })
        {
            Tensor output = ReferenceExecutor.Run(Graph.Trace([1, 4], forward), input, ExecutionOptions.Default);
            output.Span.Fill(9f);
            Assert.That(input.Span.ToArray(), Is.EqualTo(Input));
        }
    }

    [Test]
    public void TwoEqualValuesCanBeAdded() => Check(x => Relu(x) + Relu(x), [0, 4, 0, 8]);

    [Test]
    public void AValueCanBeAddedToItself() => Check(
        x =>
        {
            Value y = Relu(x);
            return y + y;
        },
        [0, 4, 0, 8]);

    [Test]
    public void AValueReadLaterIsNotOverwritten() => Check(
        x =>
        {
            Value sum = x + x, rectified = Relu(sum); // would run in place if the sum were not read again
            return rectified + sum;
        },
        [-2, 8, -6, 16]);

    [Test]
    public void AValueReadLaterInAnotherShapeIsNotOverwritten() => Check(
        x =>
        {
            Value sum = x + x, flat = sum.Flatten();
            Value rectified = Relu(sum);
            return rectified.Flatten() + flat;
        },
        [-2, 8, -6, 16]);

    [Test]
    public void AnOutputThatIsAlsoAnOperandIsNotOverwritten() => Check(
        x =>
        {
            Value sum = x + x;
            _ = Relu(sum) + sum; // unused
            return sum;
        },
        [-2, 4, -6, 8]);

    private static Value Relu(Value value) => value.Apply(ReluOperation.Instance);

    private static void Check(Func<Value, Value> forward, float[] expected)
    {
        Tensor output = ReferenceExecutor.Run(Graph.Trace([1, 4], forward), Tensor.FromSpan(Input, [1, 4]), ExecutionOptions.Default);
        Assert.That(output.Span.ToArray(), Is.EqualTo(expected));
    }
}
