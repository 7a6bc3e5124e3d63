using NUnit.Framework;
using ResNetManaged.Docs.Support;

namespace ResNetManaged.Docs;

/// <summary>Removes the files that all tests copy from, once all are done.</summary>
[SetUpFixture]
public sealed class StandInsFixture
{
    [OneTimeTearDown]
    public void Remove() => StandIns.Remove();
}
