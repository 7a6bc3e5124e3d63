using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using ResNetManaged.Serving;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Serving;

public sealed partial class StatusEndpointTests
{
    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task Start() => _server = await RunningServer.StartAsync();

    [OneTimeTearDown]
    public async Task Stop() => await _server.DisposeAsync();

    [Test]
    public async Task ModelsDescribesTheNetworkItsTasksAndTheLimits()
    {
        JsonElement answer = JsonElement.Parse(await GetAsync("/api/models"));
        JsonElement model = answer.GetProperty("models")[0];
        Assert.That(model.GetProperty("classes").GetInt32(), Is.EqualTo(10));
        Assert.That(model.GetProperty("parameters").GetInt64(), Is.EqualTo(TinyData.Network().Parameters().Sum(parameter => parameter.Shape.ElementCount)));
        Assert.That(answer.GetProperty("limits").GetProperty("max_request_bytes").GetInt32(), Is.EqualTo(16 << 20));
        foreach (JsonElement task in model.GetProperty("tasks").EnumerateArray())
            Assert.That(Routes(_server.Application), Does.Contain($"post /api/{task.GetString()}"));
    }

    [Test]
    public async Task TheOpenApiDocumentListsExactlyTheRoutes()
    {
        JsonElement document = JsonElement.Parse(await GetAsync("/openapi.json"));
        string[] described = [.. document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(method => $"{method.Name} {path.Name}"))];
        Assert.That(described, Is.EquivalentTo(Routes(_server.Application)));
    }

    [Test]
    public async Task EveryReferenceInTheOpenApiDocumentResolves()
    {
        string text = await GetAsync("/openapi.json");
        JsonElement document = JsonElement.Parse(text);
        string[] references = [.. Reference().Matches(text).Select(match => match.Groups[1].Value).Distinct()];
        Assert.That(references, Is.Not.Empty);
        foreach (string reference in references)
        {
            JsonElement element = document;
            foreach (string name in reference.Split('/')) Assert.That(element.TryGetProperty(name, out element), Is.True, reference);
        }
    }

    [Test]
    public async Task MetricsAreValidPrometheusText()
    {
        using (await _server.PostAsync("/api/classify", TinyData.Bmp())) { }
        using (await _server.PostAsync("/api/classify", [1])) { }
        await _server.MetricsWithAsync("resnet_requests_total{route=\"/api/classify\",status=\"415\"}");
        using HttpResponseMessage response = await _server.Client.GetAsync(new Uri("/metrics", UriKind.Relative));
        Assert.That(response.Content.Headers.ContentType?.ToString(), Is.EqualTo("text/plain; version=0.0.4; charset=utf-8"));
        string text = await response.Content.ReadAsStringAsync();
        Assert.That(text, Does.EndWith("\n"));
        HashSet<string> declared = [], samples = [];
        string metric = "";
        foreach (string line in text.TrimEnd('\n').Split('\n'))
        {
            if (Declaration().Match(line) is { Success: true } declaration)
            {
                metric = declaration.Groups[2].Value;
                Assert.That(declared.Add(declaration.Value), Is.True, line);
                continue;
            }
            Match sample = Sample().Match(line);
            Assert.That(sample.Success, Is.True, line);
            Assert.That(sample.Groups[1].Value, Does.StartWith(metric), "a sample must follow its declaration");
            Assert.That(samples.Add(sample.Groups[1].Value + sample.Groups[2].Value), Is.True, line);
        }
        Assert.That(text, Does.Match("""resnet_requests_total\{route="/api/classify",status="200"\} [1-9]"""));
        Assert.That(text, Does.Match("""resnet_requests_total\{route="/api/classify",status="415"\} [1-9]"""));
        Assert.That(text, Does.Match("""resnet_batch_size_count\{task="classify"\} [1-9]"""));
        Assert.That(text, Does.Contain("resnet_queue_length 0\n"));
        AssertHistogram(text, "resnet_request_duration_seconds", "route=\"/api/classify\"");
    }

    [Test]
    public async Task ARequestForAnUnknownHostNameIsRejected()
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/models");
        request.Headers.Host = "rebound.example";
        Assert.That((await _server.Client.SendAsync(request)).StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task AnApplicationCanServeTheApiUnderAPrefix()
    {
        using ResNetService service = new(TinyData.Network());
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        await using WebApplication application = builder.Build();
        application.MapGroup("/vision").MapResNet(service, page: false);
        application.Urls.Add("http://127.0.0.1:0");
        await application.StartAsync();
        using HttpClient client = new() { BaseAddress = new Uri(application.Urls.Single()) };
        using HttpResponseMessage response = await client.PostAsync(new Uri("/vision/api/classify", UriKind.Relative), RunningServer.Content(TinyData.Bmp()));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await client.GetAsync(new Uri("/vision/", UriKind.Relative))).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        await application.StopAsync();
        Assert.That(service.IsStopping, Is.True);
    }

    [Test]
    public async Task ProblemsPassThroughTheApplicationsProblemDetailsService()
    {
        using ResNetService service = new(TinyData.Network());
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddProblemDetails(options => options.CustomizeProblemDetails = context => context.ProblemDetails.Extensions["node"] = "n1");
        await using WebApplication application = builder.Build();
        application.MapResNet(service, page: false);
        application.Urls.Add("http://127.0.0.1:0");
        await application.StartAsync();
        using HttpClient client = new() { BaseAddress = new Uri(application.Urls.Single()) };
        using HttpResponseMessage response = await client.PostAsync(new Uri("/api/classify", UriKind.Relative), RunningServer.Content("hello"u8.ToArray()));
        await RunningServer.AssertProblem(response, 415, "image_format_unknown");
        Assert.That((await RunningServer.JsonAsync(response)).GetProperty("node").GetString(), Is.EqualTo("n1"));
    }

    private static void AssertHistogram(string text, string name, string label)
    {
        long[] counts = [.. Regex.Matches(text, $@"^{name}_bucket\{{{label},le=""[^""]+""\}} (\d+)$", RegexOptions.Multiline)
            .Select(match => long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];
        Assert.That(counts, Is.Ordered.And.Not.Empty);
        Assert.That(text, Does.Contain($"{name}_bucket{{{label},le=\"+Inf\"}} {counts[^1]}\n"));
        Assert.That(text, Does.Contain($"{name}_count{{{label}}} {counts[^1]}\n"));
    }

    /// <summary>All routes of the application except the page's.</summary>
    private static IEnumerable<string> Routes(WebApplication application) => ((IEndpointRouteBuilder)application).DataSources
        .SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
        .SelectMany(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods
            .Select(method => $"{method.ToLowerInvariant()} {endpoint.RoutePattern.RawText}"))
        .Where(route => !PageTests.Paths.Contains(route.Split(' ')[1]));

    private async Task<string> GetAsync(string path) => await _server.Client.GetStringAsync(new Uri(path, UriKind.Relative));

    [GeneratedRegex("\"\\$ref\":\"#/([^\"]+)\"")]
    private static partial Regex Reference();

    [GeneratedRegex(@"^# (HELP|TYPE) ([a-z_]+) .+$")]
    private static partial Regex Declaration();

    [GeneratedRegex("""^([a-z_]+)(\{[a-z_]+="[^"]*"(?:,[a-z_]+="[^"]*")*\})? ([0-9.eE+-]+|\+Inf)$""")]
    private static partial Regex Sample();
}
