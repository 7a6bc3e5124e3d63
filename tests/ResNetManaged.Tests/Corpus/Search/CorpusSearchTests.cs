using NUnit.Framework;
using ResNetManaged.Corpus;
using ResNetManaged.Corpus.Search;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Search;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Corpus.Search;

public sealed class CorpusSearchTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void ItFindsWhatTheIndexInMemoryFinds([Values(1, 2)] int threads)
    {
        Tensor vectors = Tensor.Uniform([3000, 5], new TorchGenerator(3));
        vectors.Span[..5].CopyTo(vectors.Span[(2500 * 5)..]); // a tie
        Npy.Write(_folder["v.npy"], vectors);
        EmbeddingIndex index = new(vectors);
        CorpusSearch search = CorpusSearch.Open(_folder["v.npy"]);
        for (int query = 0; query < 20; query++)
        {
            ReadOnlySpan<float> vector = vectors.ReadOnlySpan.Slice(query * 5, 5);
            (string, float)[] expected = [.. index.Nearest(vector, 40).Select(near => (near.Index.ToString(System.Globalization.CultureInfo.InvariantCulture), near.Similarity))];
            Assert.That(search.Nearest(vector, 40, threads).Select(near => (near.Name, near.Similarity)), Is.EqualTo(expected));
        }
    }

    [Test]
    public void VectorsWithoutADirectionAreSkippedAndCounted()
    {
        Npy.Write(_folder["v.npy"], Tensor.FromArray([1, 0, 0, 0, float.NaN, 1, 0, 1], [4, 2]));
        CorpusSearch search = CorpusSearch.Open(_folder["v.npy"], ["a", "b", "c", "d"]);
        Assert.That(search.Nearest([1, 0.1f]).Select(near => near.Name), Is.EqualTo(new[] { "a", "d" }));
        Assert.That(search.Skipped, Is.EqualTo(2));
    }

    [Test]
    public void ShardsAreSearchedAsOne()
    {
        string tar = CorpusFiles.WriteTar(_folder["a.tar"], [.. CorpusFiles.Sample(1), .. CorpusFiles.Sample(2)]);
        CorpusPlan plan = CorpusFiles.Plan(_folder, "emb", CorpusFiles.WritePictures(_folder, "pictures", 6), tar);
        Assert.That(() => CorpusSearch.Open(plan), Throws.InstanceOf<CorpusException>().With.Message.Contains("has no vectors yet"));
        CorpusRunner runner = new(plan, CorpusFiles.Network, threads: 1);
        for (int shard = 0; shard < plan.ShardCount; shard++) runner.Run(shard);
        float[] query = new ImageEmbedder(CorpusFiles.Network).Embed(ImageFile.Load(TinyData.Bmp(8, 8, seed: 2)));
        IReadOnlyList<CorpusNeighbor> nearest = CorpusSearch.Open(plan).Nearest(query, top: 100);
        Assert.That(nearest, Has.Count.EqualTo(8));
        Assert.That(nearest.Take(2).Select(near => near.Name), Is.EqualTo(new[] { _folder["pictures/0002.bmp"], tar + "/000002.bmp" }), "the same picture twice, in the order of shards");
        Assert.That(nearest.Select(near => near.Similarity), Is.Ordered.Descending);
    }

    [TestCase("x.npy", "elements; expected 5")]
    public void AQueryOfAnotherLengthIsRefused(string name, string reason)
    {
        Npy.Write(_folder[name], Tensor.Uniform([3, 5], new TorchGenerator(3)));
        Assert.That(() => CorpusSearch.Open(_folder[name]).Nearest([1, 2]), Throws.ArgumentException.With.Message.Contains(reason));
    }

    [Test]
    public void ADamagedArrayIsRefused()
    {
        Npy.Write(_folder["v.npy"], Tensor.Uniform([3, 5], new TorchGenerator(3)));
        byte[] whole = File.ReadAllBytes(_folder["v.npy"]);
        foreach (int length in (int[])[0, 5, 100, whole.Length - 1])
            Assert.That(() => CorpusSearch.Open(_folder.Write("cut.npy", whole[..length])), Throws.InstanceOf<NpyFormatException>(), $"{length} bytes");
        Npy.Write(_folder["flat.npy"], Tensor.Uniform([3], new TorchGenerator(3)));
        Assert.That(() => CorpusSearch.Open(_folder["flat.npy"]), Throws.InstanceOf<NpyFormatException>().With.Message.Contains("expected [N, D]"));
    }
}
