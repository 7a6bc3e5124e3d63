using NUnit.Framework;
using ResNetManaged.Docs.Support;

namespace ResNetManaged.Docs;

/// <summary>Removes the shared files after all tests.</summary>
[SetUpFixture]
public sealed class StandInsFixture
{
    [OneTimeTearDown]
    public void Remove() => StandIns.Remove();
}
