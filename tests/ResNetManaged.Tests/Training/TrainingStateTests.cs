using NUnit.Framework;
using ResNetManaged.Serialization;
using ResNetManaged.Training.Runs;

namespace ResNetManaged.Tests.Training;

public sealed class TrainingStateTests
{
    [Test]
    public void CountsBeyond32BitsAreRestored()
    {
        Dictionary<string, string> metadata = [];
        new TrainingState { Epochs = 90, Epoch = 1, Step = 5_000_000_000, Images = 6_000_000_000, Correct = 4_000_000_000 }.Save(metadata);
        TrainingState state = TrainingState.Load("a.safetensors", metadata);
        Assert.That((state.Step, state.Images, state.Correct), Is.EqualTo((5_000_000_000, 6_000_000_000, 4_000_000_000)));
    }

    [Test]
    public void AnEpochBeyond32BitsIsRejected()
    {
        Dictionary<string, string> metadata = [];
        new TrainingState { Epochs = 90 }.Save(metadata);
        foreach (string name in metadata.Keys.Where(name => name.EndsWith("epoch", StringComparison.OrdinalIgnoreCase)).ToArray()) metadata[name] = "4294967296";
        Assert.That(() => TrainingState.Load("a.safetensors", metadata), Throws.TypeOf<CheckpointException>().With.Message.Contains("is '4294967296'"));
    }
}
