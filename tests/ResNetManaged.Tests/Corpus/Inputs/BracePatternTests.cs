using NUnit.Framework;
using ResNetManaged.Corpus;
using ResNetManaged.Corpus.Inputs;

namespace ResNetManaged.Tests.Corpus.Inputs;

public sealed class BracePatternTests
{
    [TestCase("plain.tar", "plain.tar")]
    [TestCase("{8..11}.tar", "8.tar 9.tar 10.tar 11.tar")]
    [TestCase("{008..011}.tar", "008.tar 009.tar 010.tar 011.tar")]
    [TestCase("a/{2..0}", "a/2 a/1 a/0")]
    [TestCase("{train,test}/{0..1}", "train/0 train/1 test/0 test/1")]
    [TestCase("x{a}", "x{a}")]
    [TestCase("{,b}c", "c bc")]
    public void BracesExpandAsInAShell(string pattern, string expected) =>
        Assert.That(BracePattern.Expand(pattern), Is.EqualTo(expected.Split(' ')));

    [TestCase("{0..99999999999999999999}")]
    [TestCase("{0..9999999999}")]
    public void AnEndlessRangeIsRefused(string pattern) => Assert.That(() => BracePattern.Expand(pattern).First(), Throws.InstanceOf<CorpusException>());
}
