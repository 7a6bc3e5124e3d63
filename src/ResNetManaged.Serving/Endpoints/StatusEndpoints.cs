using Microsoft.AspNetCore.Http;
using ResNetManaged.Serving.Monitoring;

namespace ResNetManaged.Serving.Endpoints;

/// <summary>The routes that describe the service itself.</summary>
internal sealed class StatusEndpoints(ResNetService service)
{
    private readonly ModelsResponse _models = Describe(service);

    /// <summary>GET /api/models</summary>
    public Task ModelsAsync(HttpContext context, RequestState state) =>
        ServingJson.WriteAsync(context.Response, _models, ServingJson.Readable.ModelsResponse);

    /// <summary>GET /health/live: whether the process responds.</summary>
    public static Task LiveAsync(HttpContext context, RequestState state) => WriteHealth(context, StatusCodes.Status200OK, "live");

    /// <summary>GET /health/ready: whether a picture sent now would be accepted.</summary>
    public Task ReadyAsync(HttpContext context, RequestState state) =>
        service.IsStopping ? WriteHealth(context, StatusCodes.Status503ServiceUnavailable, "stopping")
        : service.Pipeline.Admitted >= service.Options.QueueLimit ? WriteHealth(context, StatusCodes.Status503ServiceUnavailable, "busy")
        : WriteHealth(context, StatusCodes.Status200OK, "ready");

    /// <summary>GET /metrics</summary>
    public Task MetricsAsync(HttpContext context, RequestState state)
    {
        context.Response.ContentType = PrometheusText.MediaType;
        return context.Response.WriteAsync(service.Metrics.Render(service.Pipeline, service.BodyMemory), state.Cancellation);
    }

    private static Task WriteHealth(HttpContext context, int status, string word)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = "no-store";
        return ServingJson.WriteAsync(context.Response, new HealthResponse(word), ServingJson.Readable.HealthResponse);
    }

    private static ModelsResponse Describe(ResNetService service)
    {
        ModelBody model = new(service.ModelName, service.Classifier.Model.Parameters().Sum(parameter => (long)parameter.Shape.ElementCount),
            service.Classifier.Model.NumClasses, service.Classifier.Labels,
            new InputBody(service.Classifier.Preset.Crop.Width, service.Classifier.Preset.Crop.Height, service.Options.Images.Upright),
            service.Tasks, service.Index?.Count ?? 0);
        LimitsBody limits = new(service.Options.MaxRequestBytes, service.Options.Images.PixelCap, service.Options.QueueLimit, service.Options.MaxBatch);
        return new ModelsResponse([model], limits);
    }
}
