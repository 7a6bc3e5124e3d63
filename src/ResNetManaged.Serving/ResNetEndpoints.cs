using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ResNetManaged.Serving.Endpoints;
using ResNetManaged.Serving.Page;

namespace ResNetManaged.Serving;

/// <summary>Adds a network to an ASP.NET Core application.</summary>
public static class ResNetEndpoints
{
    /// <summary>Adds the API, <c>/health</c>, <c>/metrics</c>, <c>/openapi.json</c> and, at <c>/</c>, the page.</summary>
    /// <remarks>
    /// To use a prefix, call this on <c>app.MapGroup("/prefix")</c>. When the application stops, new pictures are refused and accepted ones are
    /// answered, within the host's <see cref="HostOptions.ShutdownTimeout"/>.
    /// </remarks>
    /// <param name="routes">The application, or a group of it.</param>
    /// <param name="service">The network; the caller disposes it after the application has ended.</param>
    /// <param name="page">Whether to serve the page. Default true.</param>
    /// <returns>The group of all routes, for conventions such as authorization.</returns>
    public static RouteGroupBuilder MapResNet(this IEndpointRouteBuilder routes, ResNetService service, bool page = true)
    {
        ArgumentNullException.ThrowIfNull(routes);
        ArgumentNullException.ThrowIfNull(service);
        RouteGroupBuilder group = routes.MapGroup("");
        List<ApiRoute> api = [.. RoutesOf(service)];
        api.Add(OpenApiDocument.RouteFor(api));
        foreach (ApiRoute route in api) group.MapMethods(route.Pattern, [route.Method], new RouteGuard(service, route).HandleAsync);
        if (page) PageFiles.MapTo(group);
        routes.ServiceProvider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(service.StopAccepting);
        return group;
    }

    /// <summary>The routes for everything the service can do.</summary>
    private static IEnumerable<ApiRoute> RoutesOf(ResNetService service)
    {
        PictureEndpoints pictures = new(service);
        StatusEndpoints status = new(service);
        yield return new ApiRoute(HttpMethods.Post, "/api/classify", TakesPicture: true, pictures.ClassifyAsync);
        yield return new ApiRoute(HttpMethods.Post, "/api/embed", TakesPicture: true, pictures.EmbedAsync);
        yield return new ApiRoute(HttpMethods.Post, "/api/explain", TakesPicture: true, pictures.ExplainAsync);
        if (service.Index is not null)
        {
            yield return new ApiRoute(HttpMethods.Post, "/api/similar", TakesPicture: true, pictures.SimilarAsync);
            yield return new ApiRoute(HttpMethods.Get, "/api/pictures/{index}", TakesPicture: false, pictures.PictureAsync);
        }
        yield return new ApiRoute(HttpMethods.Get, "/api/models", TakesPicture: false, status.ModelsAsync);
        yield return new ApiRoute(HttpMethods.Get, "/health/live", TakesPicture: false, StatusEndpoints.LiveAsync);
        yield return new ApiRoute(HttpMethods.Get, "/health/ready", TakesPicture: false, status.ReadyAsync);
        yield return new ApiRoute(HttpMethods.Get, "/health", TakesPicture: false, status.ReadyAsync);
        yield return new ApiRoute(HttpMethods.Get, "/metrics", TakesPicture: false, status.MetricsAsync);
    }
}
