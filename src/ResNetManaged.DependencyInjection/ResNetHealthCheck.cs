using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.DependencyInjection;

/// <summary>Checks that a network registered by <c>AddResNet</c> loads and classifies a black image.</summary>
/// <remarks>Add it to a health checks builder: <c>services.AddHealthChecks().Add(ResNetHealthCheck.Create())</c>.</remarks>
public sealed class ResNetHealthCheck : IHealthCheck
{
    private readonly IServiceProvider _services;
    private readonly string? _network;

    private ResNetHealthCheck(IServiceProvider services, string? network)
    {
        _services = services;
        _network = network;
    }

    /// <summary>Creates the registration of a check for a health checks builder.</summary>
    /// <param name="network">The name the network was registered under; null, the default, for the unnamed one.</param>
    /// <param name="name">The name of the check; null for <c>resnet</c>, or <c>resnet:NAME</c> for a named network.</param>
    /// <param name="failureStatus">The status to report on failure; null, the default, for <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">Tags for filtering; null, the default, for none.</param>
    /// <returns>The registration, for <c>IHealthChecksBuilder.Add</c>.</returns>
    public static HealthCheckRegistration Create(string? network = null, string? name = null, HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null) =>
        new(name ?? (network is null ? "resnet" : $"resnet:{network}"), services => new ResNetHealthCheck(services, network), failureStatus, tags);

    /// <summary>Runs one inference, after loading the network if necessary. Cancellation ends the wait, not the inference.</summary>
    /// <param name="context">Provides the status to report on failure.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The status; its data has <c>network</c>, the architecture, and <c>milliseconds</c>, the duration of the inference.</returns>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        try
        {
            return await Task.Run(() => Check(context.Registration.FailureStatus), cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // the check reports every failure
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
            ["network"] = classifier.Model is ResNet network ? ResNetVariants.NameOf(network.Config) ?? "ResNet" : "ONNX",
            ["milliseconds"] = Stopwatch.GetElapsedTime(start).TotalMilliseconds,
        };
        return float.IsFinite(best.Probability)
            ? HealthCheckResult.Healthy(data: data)
            : new HealthCheckResult(failureStatus, $"the network's probabilities for a black image are not finite: the best is {best.Probability}", data: data);
    }
}
