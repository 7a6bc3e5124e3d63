using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serving;
using ResNetManaged.Serving.Endpoints;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Serving;

/// <summary>Exceptions caused by the client are explained in the response; all others are logged.</summary>
public sealed class RouteGuardTests
{
    private ResNetService _service = null!;

    [OneTimeSetUp]
    public void CreateService() => _service = new ResNetService(TinyData.Network());

    [OneTimeTearDown]
    public void DisposeService() => _service.Dispose();

    private static readonly Exception[] OwnFaults =
    [
        new ArgumentException("Linear: the input has 65 features; expected 64."), // as thrown by shape rules, without a parameter name
        new ArgumentException("Tensor: the length does not match.", "shape"),
        new OperationCanceledException("a token of another operation"),
        new ObjectDisposedException("a stream"),
        new IOException("the disk is full"),
        new InvalidOperationException("broken"),
    ];

    [TestCaseSource(nameof(OwnFaults))]
    public async Task AnyOtherExceptionIsAnsweredWith500AndLogged(Exception fault)
    {
        (int status, string code, RecordedLog log) = await HandleAsync(fault);
        Assert.That((status, code), Is.EqualTo((500, "failed")));
        Assert.That(log.Entries.Single(), Does.StartWith("Error: ").And.Contain("POST /api/test").And.Contain(fault.Message));
    }

    [TestCase(ImageFailure.Damaged, 400, "image_damaged")]
    [TestCase(ImageFailure.UnknownFormat, 415, "image_format_unknown")]
    [TestCase(ImageFailure.TooLarge, 413, "image_too_large")]
    public async Task AnImageExceptionIsAnsweredWith4xxAndNotLogged(ImageFailure failure, int expectedStatus, string expectedCode)
    {
        (int status, string code, RecordedLog log) = await HandleAsync(new ImageException("bytes", "it is bad", null, failure));
        Assert.That((status, code), Is.EqualTo((expectedStatus, expectedCode)));
        Assert.That(log.Entries, Is.Empty);
    }

    [Test]
    public async Task AFaultAfterTheResponseHasStartedIsLoggedAndEndsTheConnection()
    {
        using RecordedLog log = new();
        await using RunningServer server = await RunningServer.StartAsync(log: log, map: (application, service) => application.MapPost(
            "/fault", new RouteGuard(service, new ApiRoute("POST", "/fault", TakesPicture: true, async (context, _) =>
            {
                await context.Response.WriteAsync("half an ans");
                throw new InvalidOperationException("broken");
            })).HandleAsync));
        Assert.That(async () => await server.PostAsync("/fault", [1]), Throws.InstanceOf<HttpRequestException>());
        Assert.That(log.Entries, Has.One.Contains("POST /fault").And.One.Contains("broken"));
    }

    private async Task<(int Status, string Code, RecordedLog Log)> HandleAsync(Exception exception)
    {
        RecordedLog log = new();
        await using ServiceProvider services = new ServiceCollection().AddLogging(logging => logging.AddProvider(log)).BuildServiceProvider();
        using MemoryStream body = new();
        DefaultHttpContext context = new() { RequestServices = services, Response = { Body = body } };
        ApiRoute route = new("POST", "/api/test", TakesPicture: true, (_, state) =>
        {
            state.HasArrived = true;
            throw exception;
        });
        await new RouteGuard(_service, route).HandleAsync(context);
        JsonElement problem = JsonElement.Parse(body.ToArray());
        return (context.Response.StatusCode, problem.GetProperty("code").GetString()!, log);
    }
}
