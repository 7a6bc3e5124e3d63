using System.Text;
using NUnit.Framework;
using ResNetManaged.Corpus;
using ResNetManaged.Corpus.Inputs;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Corpus.Inputs;

public sealed class ListFileTests
{
    private readonly TemporaryFolder _folder = new();

    [OneTimeTearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase("a.txt", "x.jpg\n\n/y/z.jpg\r\n", null, "x.jpg /y/z.jpg")]
    [TestCase("a.csv", "id,path\n1,x.jpg\n2,\"a, \"\"b\"\".jpg\"\n", null, "x.jpg|a, \"b\".jpg")]
    [TestCase("b.csv", "id,where\r\n1,x.jpg\r\n", "where", "x.jpg")]
    [TestCase("c.csv", "file,note\nx.jpg,\"two\nlines\"\ny.jpg,", null, "x.jpg|y.jpg")]
    [TestCase("a.jsonl", "{\"file\":\"x.jpg\"}\n{\"file\":\"\\u00e9.jpg\"}\n", null, "x.jpg|é.jpg")]
    [TestCase("b.jsonl", "{\"where\":\"x.jpg\"}\n\"y.jpg\"\n", "where", "x.jpg|y.jpg")]
    public void ListsNamePicturesRelativeToTheirFolder(string name, string content, string? column, string expected)
    {
        string path = _folder.Write(name, Encoding.UTF8.GetBytes(content));
        Assert.That(ListFile.Read(path, column), Is.EqualTo(expected.Split(expected.Contains('|') ? '|' : ' ').Select(file => Path.GetFullPath(file, _folder.Path))));
    }

    [TestCase("d.csv", "a,b\n1,2\n", null, "no column 'file' or 'path' or 'image': its first line has 'a', 'b'")]
    [TestCase("e.csv", "file\n\"x", null, "quoted field that does not end")]
    [TestCase("f.csv", "id,file\n1\n", null, "no path in record 2")]
    [TestCase("c.jsonl", "{\"file\":\"x.jpg\"}\n{", null, "damaged in line 2")]
    [TestCase("d.jsonl", "{\"file\":\"x.jpg\"}\n{\"file\":7}", null, "damaged in line 2")]
    [TestCase("e.jsonl", "{\"url\":\"x.jpg\"}", null, "no column")]
    public void ADamagedListIsRefused(string name, string content, string? column, string reason)
    {
        string path = _folder.Write(name, Encoding.UTF8.GetBytes(content));
        Assert.That(() => ListFile.Read(path, column).Count(), Throws.InstanceOf<CorpusException>().With.Message.Contains(reason).And.Message.Contains(name));
    }
}
