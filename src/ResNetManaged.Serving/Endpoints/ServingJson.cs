using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace ResNetManaged.Serving.Endpoints;

/// <summary>The JSON of all responses, generated at compile time, so it works without reflection.</summary>
[JsonSerializable(typeof(ProblemDetails))]
[JsonSerializable(typeof(ClassifyResponse))]
[JsonSerializable(typeof(EmbedResponse))]
[JsonSerializable(typeof(SimilarResponse))]
[JsonSerializable(typeof(ModelsResponse))]
[JsonSerializable(typeof(HealthResponse))]
internal sealed partial class ServingJson : JsonSerializerContext
{
    /// <summary>Names are snake_case; characters such as the apostrophe are not escaped, since no response is embedded in HTML.</summary>
    public static ServingJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    private const string MediaType = "application/json; charset=utf-8";

    public static Task WriteAsync<T>(HttpResponse response, T value, JsonTypeInfo<T> type, string mediaType = MediaType)
    {
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(value, type);
        response.ContentType = mediaType;
        response.ContentLength = content.Length;
        return response.Body.WriteAsync(content, response.HttpContext.RequestAborted).AsTask();
    }
}

/// <summary>A class and its probability.</summary>
internal sealed record PredictionBody(int Index, string? Label, float Probability);

/// <summary>The decoded picture's size in pixels.</summary>
internal sealed record ImageBody(int Width, int Height);

/// <summary>Where the time of a request went, in milliseconds; the total starts when its headers have arrived.</summary>
internal sealed record TimingsBody(double DecodeMs, double QueueMs, double ComputeMs, double TotalMs, int Batch);

/// <summary>The response of /api/classify.</summary>
internal sealed record ClassifyResponse(string Model, ImageBody Image, IReadOnlyList<PredictionBody> Predictions, TimingsBody Timings);

/// <summary>The response of /api/embed.</summary>
internal sealed record EmbedResponse(string Model, ImageBody Image, IReadOnlyList<float> Embedding, TimingsBody Timings);

/// <summary>The response of /api/similar.</summary>
internal sealed record SimilarResponse(string Model, ImageBody Image, IReadOnlyList<NeighborBody> Neighbors, TimingsBody Timings);

/// <summary>An indexed picture; the URL of its thumbnail is relative to the service's.</summary>
internal sealed record NeighborBody(int Index, string Name, float Similarity, string Url);

/// <summary>The response of /api/models: the network, its tasks, and the limits.</summary>
internal sealed record ModelsResponse(IReadOnlyList<ModelBody> Models, LimitsBody Limits);

/// <summary>A served network.</summary>
internal sealed record ModelBody(string Name, long Parameters, int Classes, IReadOnlyList<string>? Labels, InputBody Input, IReadOnlyList<string> Tasks, int IndexedPictures);

/// <summary>The network's input size in pixels, and whether pictures are turned upright as their EXIF orientation says.</summary>
internal sealed record InputBody(int Width, int Height, bool Upright);

/// <summary>The limits on requests.</summary>
internal sealed record LimitsBody(int MaxRequestBytes, long MaxPixels, int QueueLimit, int MaxBatch);

/// <summary>The response of /health.</summary>
internal sealed record HealthResponse(string Status);
