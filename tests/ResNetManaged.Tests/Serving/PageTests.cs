using System.Net;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace ResNetManaged.Tests.Serving;

/// <summary>The page's files; tests/ResNetManaged.Browser tests its behavior in a browser.</summary>
public sealed partial class PageTests
{
    public static readonly string[] Paths = ["/", "/app.js", "/app.css", "/icon.svg"];

    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task Start() => _server = await RunningServer.StartAsync();

    [OneTimeTearDown]
    public async Task Stop() => await _server.DisposeAsync();

    [TestCaseSource(nameof(Paths))]
    public async Task LoadsNothingFromOtherSitesAndHasNoInlineCode(string path)
    {
        using HttpResponseMessage response = await _server.Client.GetAsync(new Uri(path, UriKind.Relative));
        string policy = response.Headers.GetValues("Content-Security-Policy").Single();
        Assert.That(policy, Does.StartWith("default-src 'none'; ").And.Not.Contain("unsafe"));
        string text = await response.Content.ReadAsStringAsync();
        Assert.That(text.Replace("http://www.w3.org/2000/svg", ""), Does.Not.Match("https?:|[\"'(]//"));
        if (path == "/") Assert.That(text, Does.Not.Match("<style|<script[^>]*>[^<]| style=| on[a-z]+="));
    }

    [TestCaseSource(nameof(Paths))]
    public async Task IsSentAgainOnlyIfItHasChanged(string path)
    {
        using HttpResponseMessage first = await _server.Client.GetAsync(new Uri(path, UriKind.Relative));
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        Assert.That((await _server.Client.SendAsync(request)).StatusCode, Is.EqualTo(HttpStatusCode.NotModified));
    }

    [Test]
    public async Task EveryElementTheScriptNamesExists()
    {
        string page = await _server.Client.GetStringAsync(new Uri("/", UriKind.Relative));
        string script = await _server.Client.GetStringAsync(new Uri("/app.js", UriKind.Relative));
        string[] names = [.. Named().Matches(script).Select(match => match.Groups[1].Value).Distinct()];
        Assert.That(names, Is.Not.Empty);
        foreach (string name in names) Assert.That(page, Does.Contain($"id=\"{name}\""));
    }

    [GeneratedRegex(@"\$\(""([a-z-]+)""\)")]
    private static partial Regex Named();
}
