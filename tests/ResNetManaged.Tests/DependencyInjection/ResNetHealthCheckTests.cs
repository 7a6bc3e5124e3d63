using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using NUnit.Framework;
using ResNetManaged.DependencyInjection;
using ResNetManaged.Models;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.DependencyInjection;

public sealed class ResNetHealthCheckTests
{
    [Test]
    public async Task AWorkingNetworkIsHealthy()
    {
        HealthReport report = await Report(services => services.AddResNet("flowers", options => options.CreateModel = _ => AddResNetTests.Small(10, 1)), "flowers");
        HealthReportEntry entry = report.Entries["resnet:flowers"];
        Assert.That(entry.Status, Is.EqualTo(HealthStatus.Healthy), entry.Description);
        Assert.That(entry.Data["network"], Is.EqualTo("cifar_resnet20"));
        Assert.That(entry.Data["milliseconds"], Is.InstanceOf<double>().And.Positive);
    }

    [Test]
    public async Task ANetworkWithNaNWeightsIsUnhealthy()
    {
        HealthReport report = await Report(services => services.AddResNet(options => options.CreateModel = _ =>
        {
            ResNet model = AddResNetTests.Small(10, 1);
            foreach ((string _, Parameter parameter) in model.NamedParameters()) parameter.Fill(float.NaN);
            return model;
        }));
        Assert.That(report.Entries["resnet"].Status, Is.EqualTo(HealthStatus.Unhealthy));
        Assert.That(report.Entries["resnet"].Description, Is.EqualTo("the network's probabilities for a black image are not finite: the best is NaN"));
    }

    [Test]
    public async Task ANetworkThatCannotBeLoadedIsReportedWithItsReason()
    {
        HealthReport report = await Report(services => services.AddResNet(options => options.CheckpointPath = "/none/a.pth"));
        Assert.That(report.Entries["resnet"].Status, Is.EqualTo(HealthStatus.Unhealthy));
        Assert.That(report.Entries["resnet"].Description, Does.Contain("'/none/a.pth' does not exist"));
    }

    [Test]
    public async Task ACanceledCheckDoesNotWaitForTheNetwork()
    {
        using ManualResetEventSlim released = new();
        using CancellationTokenSource cancellation = new();
        ServiceCollection services = [];
        services.AddResNet(options => options.CreateModel = _ =>
        {
            cancellation.Cancel();
            released.Wait();
            return AddResNetTests.Small(10, 1);
        });
        ServiceProvider provider = services.BuildServiceProvider();
        HealthCheckRegistration registration = ResNetHealthCheck.Create();
        IHealthCheck check = registration.Factory(provider);
        await Assert.CatchAsync<OperationCanceledException>(() => check.CheckHealthAsync(new HealthCheckContext { Registration = registration }, cancellation.Token));
        released.Set();
    }

    private static async Task<HealthReport> Report(Action<IServiceCollection> add, string? network = null)
    {
        ServiceCollection services = [];
        add(services);
        services.AddLogging().AddHealthChecks().Add(ResNetHealthCheck.Create(network));
        await using ServiceProvider provider = services.BuildServiceProvider();
        return await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync();
    }
}
