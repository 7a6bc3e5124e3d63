using NUnit.Framework;
using ResNetManaged.Search;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Search;

public sealed class EmbeddingIndexTests
{
    private const int Count = 5000, Dimensions = 37;

    private static readonly Tensor Vectors = Tensor.Uniform([Count, Dimensions], new TorchGenerator(5), -1, 1);

    /// <summary>Bounds the rounding error of <see cref="Dimensions"/> products of unit vectors: half an ulp of 1 each, twice that for the norms.</summary>
    private const double Tolerance = 4 * Dimensions * 6e-8;

    [Test]
    public void NearestMatchesTheDefinition()
    {
        EmbeddingIndex index = new(Vectors);
        float[] query = Tensor.Uniform([Dimensions], new TorchGenerator(6), -1, 1).ReadOnlySpan.ToArray();
        double[] expected = [.. Enumerable.Range(0, Count).Select(row => Cosine(query, RowOf(Vectors, row)))];
        IReadOnlyList<Neighbor> nearest = index.Nearest(query, 10);
        Assert.That(nearest, Has.Count.EqualTo(10));
        Assert.That(nearest.Select(neighbor => neighbor.Index), Is.EqualTo(Enumerable.Range(0, Count).OrderByDescending(row => expected[row]).Take(10)));
        foreach (Neighbor neighbor in nearest) Assert.That(neighbor.Similarity, Is.EqualTo(expected[neighbor.Index]).Within(Tolerance));
    }

    [Test]
    public void AVectorIsNearestToItselfAtAnyScale()
    {
        EmbeddingIndex index = new(Vectors);
        foreach (float scale in new[] { 1f, 1e30f, 1e-30f })
        {
            float[] query = [.. RowOf(Vectors, 777).Select(number => number * scale)];
            Assert.That(index.Nearest(query, 1)[0].Index, Is.EqualTo(777));
            Assert.That(index.Nearest(query, 1)[0].Similarity, Is.EqualTo(1).Within(Tolerance));
        }
    }

    [Test]
    public void EqualSimilaritiesKeepRowOrder()
    {
        EmbeddingIndex index = new(Tensor.FromArray([0, 1, 1, 0, 2, 0, 3, 0], [4, 2]));
        Assert.That(index.Nearest([5, 0], 9).Select(neighbor => neighbor.Index), Is.EqualTo(new[] { 1, 2, 3, 0 }));
    }

    [Test]
    public void NearPairsMatchTheDefinition()
    {
        const int few = 100;
        Tensor vectors = Tensor.FromArray([.. Vectors.ReadOnlySpan[..(few * Dimensions)]], [few, Dimensions]);
        const double threshold = 0.31;
        List<(int, int)> expected = [];
        for (int i = 0; i < few; i++)
        {
            for (int j = i + 1; j < few; j++)
            {
                double similarity = Cosine(RowOf(vectors, i), RowOf(vectors, j));
                Assert.That(Math.Abs(similarity - threshold), Is.GreaterThan(Tolerance), "rounding must not decide this pair");
                if (similarity >= threshold) expected.Add((i, j));
            }
        }
        Assert.That(expected, Is.Not.Empty);
        Assert.That(new EmbeddingIndex(vectors).NearPairs(threshold).Select(pair => (pair.First, pair.Second)), Is.EqualTo(expected));
    }

    [Test]
    public void TheErrorForAVectorWithoutDirectionNamesIt()
    {
        foreach (float bad in new[] { 0, float.NaN, float.PositiveInfinity })
        {
            Tensor vectors = Tensor.FromArray([1, 2, bad, bad], [2, 2]);
            Assert.That(() => new EmbeddingIndex(vectors, ["a.jpg", "b.jpg"]), Throws.ArgumentException.With.Message.Contains("row 1 ('b.jpg')"));
            Assert.That(() => new EmbeddingIndex(Tensor.FromArray([1, 2], [1, 2])).Nearest([bad, bad]), Throws.ArgumentException);
        }
    }

    [Test]
    public void ArgumentsThatDoNotFitThrow()
    {
        EmbeddingIndex index = new(Vectors);
        Assert.That(() => index.Nearest(new float[3]), Throws.ArgumentException.With.Message.Contains("3").And.Message.Contains("37"));
        Assert.That(() => index.Nearest(new float[Dimensions], 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => index.NearPairs(1.5), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new EmbeddingIndex(Vectors, ["one"]), Throws.ArgumentException);
        Assert.That(() => new EmbeddingIndex(Tensor.Zeros([4])), Throws.ArgumentException);
        Assert.That(() => new EmbeddingIndex(Tensor.Zeros([0, 4])), Throws.ArgumentException);
    }

    [Test]
    public void AnIndexLoadsTheNamesStoredNextToIt()
    {
        using TemporaryFolder folder = new();
        Npy.Write(folder["v.npy"], Tensor.FromArray([1, 2, 3, 4], [2, 2]));
        Assert.That(EmbeddingIndex.Load(folder["v.npy"]).Names, Is.Null);
        new EmbeddingManifest("n", [new EmbeddedFile("a.jpg", 1, "t"), new EmbeddedFile("b.jpg", 2, "t")]).Write(folder["v.npy"]);
        Assert.That(EmbeddingIndex.Load(folder["v.npy"]).Names, Is.EqualTo(new[] { "a.jpg", "b.jpg" }));
    }

    [TestCase("{")]
    [TestCase("[]")]
    [TestCase("""{ "network": "n" }""")]
    [TestCase("""{ "network": null, "files": [] }""")]
    [TestCase("""{ "network": "n", "files": [{ "file": "a.jpg", "bytes": 1.5, "modified": "t" }] }""")]
    public void ADamagedManifestIsReportedWithItsCause(string json)
    {
        using TemporaryFolder folder = new();
        Npy.Write(folder["v.npy"], Tensor.FromArray([1, 2], [1, 2]));
        File.WriteAllText(folder["v.manifest.json"], json);
        Assert.That(() => EmbeddingIndex.Load(folder["v.npy"]), Throws.TypeOf<IOException>()
            .With.Message.EqualTo($"Manifest '{folder["v.manifest.json"]}' is damaged; expected the JSON that 'resnet embed' writes.")
            .And.InnerException.Not.Null);
    }

    private static float[] RowOf(Tensor vectors, int row) => vectors.ReadOnlySpan.Slice(row * Dimensions, Dimensions).ToArray();

    private static double Cosine(float[] a, float[] b)
    {
        double dot = 0, aa = 0, bb = 0;
        for (int i = 0; i < a.Length; i++)
        {
            dot += (double)a[i] * b[i];
            aa += (double)a[i] * a[i];
            bb += (double)b[i] * b[i];
        }
        return dot / Math.Sqrt(aa * bb);
    }
}
