using System.Diagnostics;
using System.Globalization;
using System.Net.Mime;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serving.Batching;

namespace ResNetManaged.Serving.Endpoints;

/// <summary>The routes that take or return pictures.</summary>
internal sealed class PictureEndpoints(ResNetService service)
{
    private const int DefaultTop = 5;
    private const int LargestExplained = 1024; // pixels per side; bounds the memory of decoded pictures that wait for their heat map

    /// <summary>POST /api/classify?top=5</summary>
    public async Task ClassifyAsync(HttpContext context, RequestState state)
    {
        int classes = service.Classifier.Model.NumClasses;
        int top = PictureRequest.Number(context.Request, "top", 1, classes) ?? Math.Min(DefaultTop, classes);
        JobResult<IReadOnlyList<Prediction>> result = await ComputeAsync(
            service.Classification, image => new ClassificationInput(service.Classifier.Preset.Apply(image), top), context, state).ConfigureAwait(false);
        RequireFinite([.. result.Value.Select(prediction => prediction.Probability)]);
        ClassifyResponse response = new(service.ModelName, new ImageBody(result.Width, result.Height),
            [.. result.Value.Select(prediction => new PredictionBody(prediction.Index, prediction.Label, prediction.Probability))],
            Timings(context.Response, result.Cost, state));
        await ServingJson.WriteAsync(context.Response, response, ServingJson.Readable.ClassifyResponse).ConfigureAwait(false);
    }

    /// <summary>POST /api/embed</summary>
    public async Task EmbedAsync(HttpContext context, RequestState state)
    {
        JobResult<float[]> result = await ComputeAsync(service.Embedding, service.Classifier.Preset.Apply, context, state).ConfigureAwait(false);
        RequireFinite(result.Value);
        EmbedResponse response = new(service.ModelName, new ImageBody(result.Width, result.Height), result.Value, Timings(context.Response, result.Cost, state));
        await ServingJson.WriteAsync(context.Response, response, ServingJson.Readable.EmbedResponse).ConfigureAwait(false);
    }

    /// <summary>POST /api/similar?top=5</summary>
    public async Task SimilarAsync(HttpContext context, RequestState state)
    {
        PictureIndex index = service.Index!;
        int top = PictureRequest.Number(context.Request, "top", 1, index.Count) ?? Math.Min(DefaultTop, index.Count);
        JobResult<float[]> result = await ComputeAsync(service.Embedding, service.Classifier.Preset.Apply, context, state).ConfigureAwait(false);
        RequireFinite(result.Value);
        SimilarResponse response = new(service.ModelName, new ImageBody(result.Width, result.Height),
            [.. index.Nearest(result.Value, top).Select(neighbor => new NeighborBody(
                neighbor.Index, index.NameOf(neighbor.Index), neighbor.Similarity, string.Create(CultureInfo.InvariantCulture, $"api/pictures/{neighbor.Index}")))],
            Timings(context.Response, result.Cost, state));
        await ServingJson.WriteAsync(context.Response, response, ServingJson.Readable.SimilarResponse).ConfigureAwait(false);
    }

    /// <summary>POST /api/explain?class=N</summary>
    public async Task ExplainAsync(HttpContext context, RequestState state)
    {
        int? classIndex = PictureRequest.Number(context.Request, "class", 0, service.Classifier.Model.NumClasses - 1);
        JobResult<Explanation> result = await ComputeAsync(
            service.Explaining, image => new ExplanationInput(SmallPicture.Of(image, LargestExplained), classIndex), context, state).ConfigureAwait(false);
        RequireFinite([result.Value.Probability]);
        byte[] png = ImageFile.EncodePng(result.Value.Overlay);
        _ = Timings(context.Response, result.Cost, state);
        context.Response.Headers["X-Class-Index"] = result.Value.ClassIndex.ToString(CultureInfo.InvariantCulture);
        context.Response.ContentType = MediaTypeNames.Image.Png;
        context.Response.ContentLength = png.Length;
        await context.Response.Body.WriteAsync(png, state.Cancellation).ConfigureAwait(false);
    }

    /// <summary>GET /api/pictures/{index}: a thumbnail of an indexed picture, and of no other file.</summary>
    public async Task PictureAsync(HttpContext context, RequestState state)
    {
        byte[]? png = null;
        if (int.TryParse((string?)context.Request.RouteValues["index"], NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < service.Index!.Count)
            png = await service.Index.ReadSmallAsync(index, service.Options.Images, state.Cancellation).ConfigureAwait(false);
        if (png is null) throw new ProblemException(Problem.NoSuchPicture());
        context.Response.ContentType = MediaTypeNames.Image.Png;
        context.Response.ContentLength = png.Length;
        context.Response.Headers.CacheControl = "private, max-age=300";
        await context.Response.Body.WriteAsync(png, state.Cancellation).ConfigureAwait(false);
    }

    /// <summary>Reads the picture and sends it through the pipeline.</summary>
    private async Task<JobResult<TResult>> ComputeAsync<TInput, TResult>(
        Lane<TInput, TResult> lane, Func<RgbImage, TInput> prepare, HttpContext context, RequestState state)
    {
        RequestBody body = await PictureRequest.ReadAsync(context.Request, service, state.Cancellation).ConfigureAwait(false);
        state.HasArrived = true;
        // Acquired only now, so that slow senders do not occupy the queue.
        using RateLimitLease place = service.Pipeline.Enter();
        if (!place.IsAcquired)
        {
            body.Dispose();
            throw new ProblemException(Problem.Busy(service.Options.QueueLimit));
        }
        service.Metrics.Accepted();
        return await lane.RunAsync(service.Pipeline, body, prepare, state.Cancellation).ConfigureAwait(false);
    }

    /// <summary>Where the time went: returned for the body, and written as the header that browsers show.</summary>
    private static TimingsBody Timings(HttpResponse response, JobCost cost, RequestState state)
    {
        TimingsBody timings = new(Milliseconds(cost.Decode), Milliseconds(cost.Queue), Milliseconds(cost.Compute),
            Milliseconds(Stopwatch.GetElapsedTime(state.Start)), cost.Batch);
        response.Headers["Server-Timing"] = string.Create(CultureInfo.InvariantCulture,
            $"decode;dur={timings.DecodeMs}, queue;dur={timings.QueueMs}, compute;dur={timings.ComputeMs}, total;dur={timings.TotalMs}");
        response.Headers.CacheControl = "no-store";
        return timings;
    }

    /// <summary>Throws if the network computed NaN or infinity, which JSON cannot express and which is not the picture's fault.</summary>
    /// <exception cref="ProblemException">A number is not finite.</exception>
    private static void RequireFinite(ReadOnlySpan<float> numbers)
    {
        foreach (float number in numbers)
            if (!float.IsFinite(number)) throw new ProblemException(Problem.NotFinite());
    }

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 2);
}
