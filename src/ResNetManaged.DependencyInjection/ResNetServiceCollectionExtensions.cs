using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using ResNetManaged.DependencyInjection;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Serialization;

#pragma warning disable IDE0130 // the conventional namespace, which callers already import
namespace Microsoft.Extensions.DependencyInjection;
#pragma warning restore IDE0130

/// <summary>Registers networks.</summary>
public static class ResNetServiceCollectionExtensions
{
    /// <summary>Registers a network: <see cref="ImageClassifier"/>, <see cref="ImageEmbedder"/> and the <see cref="ResNet"/> itself as singletons.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the network's source and options; see <see cref="ResNetOptions"/>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddResNet(this IServiceCollection services, Action<ResNetOptions> configure) =>
        Add(services, name: null, configure);

    /// <summary>Registers a network under a name: keyed singletons, for <c>[FromKeyedServices("flowers")] ImageClassifier classifier</c>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The name of the options and the key of the services.</param>
    /// <param name="configure">Sets the network's source and options; see <see cref="ResNetOptions"/>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddResNet(this IServiceCollection services, string name, Action<ResNetOptions> configure)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Add(services, name, configure);
    }

    private static IServiceCollection Add(IServiceCollection services, string? name, Action<ResNetOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<ResNetOptions>(name).Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ResNetOptions>, ResNetOptionsValidator>());
        services.TryAddKeyedSingleton(name, (provider, _) => CreateModel(provider, name));
        services.TryAddKeyedSingleton(name, (provider, _) => CreateClassifier(provider, name));
        services.TryAddKeyedSingleton(name, (provider, _) => CreateEmbedder(provider, name));
        services.AddSingleton<IHostedService>(provider => new LoadAtStart(provider, name));
        return services;
    }

    private static ResNet CreateModel(IServiceProvider provider, string? name)
    {
        ResNetOptions options = OptionsOf(provider, name);
        if (options.CheckpointPath is { } path) return ResNetCheckpoint.Load(path);
        if (options.CreateModel is { } create) return create(provider) ?? throw Null(name, nameof(ResNetOptions.CreateModel));
        using Stream checkpoint = options.OpenCheckpoint!(provider) ?? throw Null(name, nameof(ResNetOptions.OpenCheckpoint));
        return ResNetCheckpoint.Build(Checkpoint.Load(checkpoint, ResNetOptionsValidator.Subject(name)));
    }

    private static ImageClassifier CreateClassifier(IServiceProvider provider, string? name)
    {
        ResNetOptions options = OptionsOf(provider, name);
        return new ImageClassifier(provider.GetRequiredKeyedService<ResNet>(name), options.Preset, options.Labels, options.Execution);
    }

    private static ImageEmbedder CreateEmbedder(IServiceProvider provider, string? name)
    {
        ResNetOptions options = OptionsOf(provider, name);
        return new ImageEmbedder(provider.GetRequiredKeyedService<ResNet>(name), options.Preset, options.Execution);
    }

    private static ResNetOptions OptionsOf(IServiceProvider provider, string? name) =>
        provider.GetRequiredService<IOptionsMonitor<ResNetOptions>>().Get(name);

    private static InvalidOperationException Null(string? name, string source) =>
        new($"{ResNetOptionsValidator.Subject(name)}: {source} returned null.");

    /// <summary>Creates the classifier when the host starts, if the options request it.</summary>
    private sealed class LoadAtStart(IServiceProvider provider, string? name) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            if (OptionsOf(provider, name).LoadAtStart) provider.GetRequiredKeyedService<ImageClassifier>(name);
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
