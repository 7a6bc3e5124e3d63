using NUnit.Framework;
using ResNetManaged.Corpus.Running;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Corpus.Running;

[Platform(Exclude = "Win", Reason = "a locked file cannot be copied there")]
public sealed class ShardJournalTests
{
    private TemporaryFolder _folder = null!;

    private string Path => _folder["000000.journal"];

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void OnlyOneProcessHasAShard()
    {
        using (ShardJournal? journal = ShardJournal.TryOpen(Path))
        {
            Assert.That(journal, Is.Not.Null);
            Assert.That(ShardJournal.TryOpen(Path), Is.Null);
        }
        Assert.That(File.Exists(Path), Is.False, "it went without a death");
    }

    [Test]
    public void AfterADeathThePicturesInWorkAreDoneAlone()
    {
        Die(journal =>
        {
            for (int i = 0; i < 9; i++) journal.Start(i);
            journal.Finish(4);
        });
        using ShardJournal again = ShardJournal.TryOpen(Path)!;
        Assert.That((again.CarefulStart, again.CarefulEnd), Is.EqualTo((4, 9)));
        Assert.That(again.TryAlone(4), Is.True);
        again.Pass(4);
        Assert.That(again.CarefulStart, Is.EqualTo(5));
    }

    [Test]
    public void APictureThatKillsThreeTimesAloneIsAKiller()
    {
        Die(journal => journal.Start(7));
        for (int strike = 0; strike < ShardJournal.MostStrikes; strike++) Die(journal => Assert.That(journal.TryAlone(7), Is.True));
        Die(journal =>
        {
            Assert.That(journal.TryAlone(7), Is.False);
            Assert.That(journal.IsKiller(7), Is.True);
            journal.Pass(7);
        });
        using ShardJournal later = ShardJournal.TryOpen(Path)!;
        Assert.That(later.IsKiller(7), Is.True, "it is remembered");
        Assert.That(later.IsKiller(8), Is.False);
        later.Complete();
    }

    [Test]
    public void DeathsAtDifferentPicturesAccuseNone()
    {
        Die(journal =>
        {
            for (int i = 0; i < 5; i++) journal.Start(i);
        });
        for (int picture = 0; picture < 5; picture++)
        {
            for (int strike = 0; strike < ShardJournal.MostStrikes - 1; strike++) Die(journal => Assert.That(journal.TryAlone(picture), Is.True));
            Die(journal =>
            {
                Assert.That(journal.TryAlone(picture), Is.True);
                journal.Pass(picture);
            });
        }
    }

    [Test]
    public void AnOrderlyEndAccusesNone()
    {
        Die(journal => journal.Start(7));
        for (int i = 0; i < 2 * ShardJournal.MostStrikes; i++)
        {
            using ShardJournal journal = ShardJournal.TryOpen(Path)!;
            Assert.That(journal.TryAlone(7), Is.True);
        }
    }

    /// <summary>Uses the journal and then loses the process: what it wrote so far is copied and put back after it was closed.</summary>
    private void Die(Action<ShardJournal> use)
    {
        byte[] content;
        using (ShardJournal journal = ShardJournal.TryOpen(Path)!)
        {
            use(journal);
            content = ReadLocked(Path);
            journal.Complete();
        }
        File.WriteAllBytes(Path, content);
    }

    private static byte[] ReadLocked(string path)
    {
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("sh", ["-c", "cp \"$0\" \"$0.copy\"", path]))!;
        process.WaitForExit();
        byte[] content = File.ReadAllBytes(path + ".copy");
        File.Delete(path + ".copy");
        return content;
    }
}
