using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Serving.Batching;

namespace ResNetManaged.Serving.Endpoints;

/// <summary>The routes that a picture is sent to.</summary>
internal sealed class PictureEndpoints(ResNetService service)
{
    private const int DefaultTop = 5;

    /// <summary>POST /api/classify?top=5</summary>
    public async Task ClassifyAsync(HttpContext context, RequestState state)
    {
        int classes = service.Classifier.Model.Config.NumClasses;
        int top = PictureRequest.Number(context.Request, "top", 1, classes) ?? Math.Min(DefaultTop, classes);
        JobResult<IReadOnlyList<Prediction>> result = await ComputeAsync(
            service.Classification, image => new ClassificationInput(service.Classifier.Preset.Apply(image), top), context, state).ConfigureAwait(false);
        ClassifyResponse response = new(service.ModelName, new ImageBody(result.Width, result.Height),
            [.. result.Value.Select(prediction => new PredictionBody(prediction.Index, prediction.Label, prediction.Probability))],
            Timings(context.Response, result.Cost, state));
        await ServingJson.WriteAsync(context.Response, response, ServingJson.Readable.ClassifyResponse).ConfigureAwait(false);
    }

    /// <summary>Reads the picture and has it computed.</summary>
    private async Task<JobResult<TResult>> ComputeAsync<TInput, TResult>(
        Lane<TInput, TResult> lane, Func<RgbImage, TInput> prepare, HttpContext context, RequestState state)
    {
        RequestBody body = await PictureRequest.ReadAsync(context.Request, service, state.Cancellation).ConfigureAwait(false);
        state.HasArrived = true;
        if (!service.Pipeline.TryEnter())
        {
            body.Dispose();
            throw new ProblemException(Problem.Busy(service.Options.QueueLimit));
        }
        try
        {
            service.Metrics.Accepted();
            return await lane.RunAsync(service.Pipeline, body, prepare, state.Cancellation).ConfigureAwait(false);
        }
        finally
        {
            service.Pipeline.Leave();
        }
    }

    /// <summary>Where the time went, for the body; and as a header, which browsers show.</summary>
    private static TimingsBody Timings(HttpResponse response, JobCost cost, RequestState state)
    {
        TimingsBody timings = new(Milliseconds(cost.Decode), Milliseconds(cost.Queue), Milliseconds(cost.Compute),
            Milliseconds(Stopwatch.GetElapsedTime(state.Start)), cost.Batch);
        response.Headers["Server-Timing"] = string.Create(CultureInfo.InvariantCulture,
            $"decode;dur={timings.DecodeMs}, queue;dur={timings.QueueMs}, compute;dur={timings.ComputeMs}, total;dur={timings.TotalMs}");
        response.Headers.CacheControl = "no-store";
        return timings;
    }

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 2);
}
