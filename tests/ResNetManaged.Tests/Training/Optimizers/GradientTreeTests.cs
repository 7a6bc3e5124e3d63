using NUnit.Framework;
using ResNetManaged.Training.Optimizers;

namespace ResNetManaged.Tests.Training.Optimizers;

public sealed class GradientTreeTests
{
    private const int Length = 999;

    [Test]
    public void TheSumIsThatOfTheTree([Range(1, 17)] int leaves)
    {
        float[][] gradients = Leaves(leaves);
        Assert.That(SumOf(gradients), Is.EqualTo(Tree(gradients, 0, leaves)));
    }

    [Test]
    public void ABufferIsUsedAgain()
    {
        GradientTree tree = new(Length);
        foreach (int leaves in (int[])[5, 3, 8])
        {
            float[][] gradients = Leaves(leaves);
            foreach (float[] gradient in gradients) tree.Add([.. gradient]);
            float[] sum = new float[Length];
            tree.Take(sum);
            Assert.That(sum, Is.EqualTo(Tree(gradients, 0, leaves)));
            tree.Add(new float[Length]);
            tree.Clear();
        }
    }

    /// <summary>What several processes would do: each sums the largest aligned nodes among its leaves, and the nodes are then summed.</summary>
    [Test]
    public void AnyDivisionOfTheLeavesGivesTheSameBits([Values(8, 16, 11)] int leaves, [Range(1, 8)] int workers)
    {
        float[][] gradients = Leaves(leaves);
        Dictionary<(int Start, int Count), float[]> nodes = [];
        for (int worker = 0; worker < workers; worker++)
        {
            int start = worker * leaves / workers, end = (worker + 1) * leaves / workers;
            while (start < end)
            {
                int count = 1;
                while (start % (2 * count) == 0 && start + 2 * count <= end) count *= 2;
                nodes[(start, count)] = SumOf(gradients[start..(start + count)]);
                start += count;
            }
        }
        Assert.That(Combine(0, leaves), Is.EqualTo(SumOf(gradients)));

        float[] Combine(int start, int count)
        {
            if (nodes.TryGetValue((start, count), out float[]? node)) return node;
            int half = Half(count);
            return [.. Combine(start, half).Zip(Combine(start + half, count - half), (a, b) => a + b)];
        }
    }

    [Test]
    public void AChainGivesOtherBits()
    {
        float[][] gradients = Leaves(8);
        float[] chain = [.. Enumerable.Range(0, Length).Select(i => gradients.Aggregate(0f, (sum, gradient) => sum + gradient[i]))];
        Assert.That(SumOf(gradients), Is.Not.EqualTo(chain), "otherwise this tests nothing");
    }

    private static float[] SumOf(float[][] gradients)
    {
        GradientTree tree = new(Length);
        foreach (float[] gradient in gradients) tree.Add([.. gradient]);
        float[] sum = new float[Length];
        tree.Take(sum);
        return sum;
    }

    private static float[] Tree(float[][] gradients, int start, int count)
    {
        if (count == 1) return gradients[start];
        int half = Half(count);
        return [.. Tree(gradients, start, half).Zip(Tree(gradients, start + half, count - half), (a, b) => a + b)];
    }

    /// <summary>The largest power of two below a count.</summary>
    private static int Half(int count)
    {
        int half = 1;
        while (2 * half < count) half *= 2;
        return half;
    }

    private static float[][] Leaves(int count)
    {
        Random random = new(count);
        return [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, Length).Select(_ => random.NextSingle() - 0.5f).ToArray())];
    }
}
