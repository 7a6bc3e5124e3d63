using NUnit.Framework;
using ResNetManaged.Docs.Support;

namespace ResNetManaged.Docs;

/// <summary>Lets the pages find networks that they fetch in a cache, and removes the shared files after all tests.</summary>
[SetUpFixture]
public sealed class StandInsFixture
{
    [OneTimeSetUp]
    public void UseFetchedNetworks() => Environment.SetEnvironmentVariable("RESNETMANAGED_CACHE", StandIns.FetchedNetworks);

    [OneTimeTearDown]
    public void Remove() => StandIns.Remove();
}
