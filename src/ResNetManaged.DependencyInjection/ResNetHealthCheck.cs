using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.DependencyInjection;

/// <summary>Healthy where a network that <c>AddResNet</c> registered can be loaded and classifies a black image.</summary>
/// <remarks>Made for a health checks builder: <c>services.AddHealthChecks().Add(ResNetHealthCheck.Create())</c>.</remarks>
public sealed class ResNetHealthCheck : IHealthCheck
{
    private readonly IServiceProvider _services;
    private readonly string? _network;

    private ResNetHealthCheck(IServiceProvider services, string? network)
    {
        _services = services;
        _network = network;
    }

    /// <summary>Describes the check to a health checks builder.</summary>
    /// <param name="network">The name that the network was registered under; null, the default, for the one without a name.</param>
    /// <param name="name">The name of the check; null for <c>resnet</c>, or <c>resnet:</c> and the network's name.</param>
    /// <param name="failureStatus">What is reported on failure; null, the default, for <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">For filtering; null, the default, for none.</param>
    /// <returns>What <c>IHealthChecksBuilder.Add</c> takes.</returns>
    public static HealthCheckRegistration Create(string? network = null, string? name = null, HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null) =>
        new(name ?? (network is null ? "resnet" : $"resnet:{network}"), services => new ResNetHealthCheck(services, network), failureStatus, tags);

    /// <summary>Runs one inference, loading the network before if nobody has yet; a cancelled check no longer waits for it.</summary>
    /// <param name="context">Says what failure is reported as.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The status, with <c>network</c> (its architecture) and <c>milliseconds</c> (of the inference) as data.</returns>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        try
        {
            return await Task.Run(() => Check(context.Registration.FailureStatus), cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // whatever keeps the network from answering is what this check reports
        catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
        {
            return new HealthCheckResult(context.Registration.FailureStatus, exception.Message, exception);
        }
    }

    private HealthCheckResult Check(HealthStatus failureStatus)
    {
        ImageClassifier classifier = _services.GetRequiredKeyedService<ImageClassifier>(_network);
        RgbImage image = new(classifier.Preset.Crop.Width, classifier.Preset.Crop.Height);
        long start = Stopwatch.GetTimestamp();
        Prediction best = classifier.Classify(image, top: 1)[0];
        Dictionary<string, object> data = new()
        {
            ["network"] = ResNetVariants.NameOf(classifier.Model.Config) ?? "ResNet",
            ["milliseconds"] = Stopwatch.GetElapsedTime(start).TotalMilliseconds,
        };
        return float.IsFinite(best.Probability)
            ? HealthCheckResult.Healthy(data: data)
            : new HealthCheckResult(failureStatus, $"the network's probabilities of a black image are no numbers: {best}", data: data);
    }
}
