using NUnit.Framework;

namespace ResNetManaged.Tests.Serving;

/// <summary>Waits for a condition that another thread brings about.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60); // only a failing test waits this long

    public static Task Holds(Func<bool> condition, string what) => Holds(() => Task.FromResult(condition()), () => what);

    public static async Task Holds(Func<Task<bool>> condition, Func<string> what)
    {
        DateTimeOffset end = DateTimeOffset.UtcNow + Patience;
        while (!await condition())
        {
            if (DateTimeOffset.UtcNow > end) Assert.Fail($"expected within {Patience.TotalSeconds} s: {what()}");
            await Task.Delay(5);
        }
    }
}
