using System.Text;
using NUnit.Framework;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Serialization.Classes;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Serialization.Classes;

/// <summary>Class names from files, and ImageNet's.</summary>
public sealed class ClassFileTests
{
    private static readonly string[] CatAndDog = ["cat", "dog"];

    [TestCase("cat\ndog\n")]
    [TestCase("cat\r\ndog\r\n\r\n\n")]
    [TestCase("  cat  \ndog")]
    [TestCase("""["cat", "dog"]""")]
    [TestCase("""  [ "cat" , "dog" ]  """)]
    [TestCase("""{"0": "cat", "1": "dog"}""")]
    [TestCase("""{"1": "dog", "0": "cat"}""")]
    [TestCase("""{"0": ["n02123045", "cat"], "1": ["n02084071", "dog"]}""")]
    [TestCase("""{"cat": 0, "dog": 1}""")]
    [TestCase("""{"model_type": "resnet", "id2label": {"0": "cat", "1": "dog"}, "label2id": {"cat": 0, "dog": 1}}""")]
    public void NamesAreReadFromEachForm(string text) => Assert.That(Read(text), Is.EqualTo(CatAndDog));

    [TestCase("", "is empty; expected a name a line")]
    [TestCase("cat\n\ndog\n", "'line 2' is blank; expected a name; only lines at the end may be blank")]
    [TestCase("[\"cat\",\n\"dog\"", "'line 2' is not valid JSON")]
    [TestCase("\"cat\"\n", "is JSON without class names; expected an array of names")]
    [TestCase("PK\x03\x04\0cat\n", "is not text in UTF-8; expected a name a line, or JSON")]
    [TestCase("{}", "is JSON without class names")]
    [TestCase("""{"0": "cat", "2": "dog"}""", "has 2 classes, but no class 1; expected the numbers from 0 on without a gap")]
    [TestCase("""{"a": "cat"}""", "'a' is not the number of a class")]
    [TestCase("""{"0": "cat", "00": "dog"}""", "'00' is class 0, which occurs twice")]
    [TestCase("""{"0": {}}""", "'class 0' is object; expected a name")]
    [TestCase("""["cat", 3]""", "'class 1' is number; expected a name")]
    public void AnotherFormIsRejected(string text, string message) =>
        Assert.That(() => Read(text), Throws.TypeOf<CheckpointException>().With.Message.Contains(message).And.Message.StartsWith("Class file '"));

    [Test]
    public void ALongFileIsNotRead() => Assert.That(() => Read(new string('a', 3_000_000)), Throws.TypeOf<CheckpointException>());

    [Test]
    public void ImageNetHasAThousandDistinctClassesInTheOrderOfTheirIds()
    {
        Assert.That(ImageNetClasses.Names, Has.Count.EqualTo(1000).And.Unique);
        Assert.That(ImageNetClasses.WordNetIds, Has.Count.EqualTo(1000).And.Unique.And.Ordered.Using((IComparer<string>)StringComparer.Ordinal));
        Assert.That(ImageNetClasses.Names[0], Is.EqualTo("tench"));
        Assert.That(ImageNetClasses.Names[207], Is.EqualTo("golden retriever"));
        Assert.That(ImageNetClasses.Names[999], Is.EqualTo("toilet tissue"));
        Assert.That(ImageNetClasses.WordNetIds[999], Is.EqualTo("n15075141"));
    }

    [TestCase("resnet18-f37072fd.pth", 1000, true)]
    [TestCase("resnet18-f37072fd.pth", 10, false)]
    [TestCase("resnet18-mine.pth", 1000, false)]
    public void TorchvisionsFilesHaveImageNetsNames(string file, int classes, bool expected)
    {
        using TemporaryFolder folder = new();
        ResNet network = new(ResNetConfig.Cifar(blocksPerStage: 1) with { NumClasses = classes });
        Safetensors.Write(folder[file], network.StateDict());
        Assert.That(ResNetCheckpoint.Load(folder[file]).ClassNames, expected ? Is.EqualTo(ImageNetClasses.Names) : Is.Null);
    }

    [Test]
    public void BytesThatAreNotUtf8AreNotText()
    {
        using TemporaryFolder folder = new();
        Assert.That(() => ClassFile.Read(folder.Write("classes", [(byte)'a', 0xFF, 0xFE, (byte)'b'])),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("is not text in UTF-8"));
        Assert.That(ClassFile.Read(folder.Write("classes", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("cat\ndog")])), Is.EqualTo(CatAndDog)); // UTF-16 with its mark
    }

    private static IReadOnlyList<string> Read(string text)
    {
        using TemporaryFolder folder = new();
        return ClassFile.Read(folder.Write("classes", Encoding.UTF8.GetBytes(text)));
    }
}
