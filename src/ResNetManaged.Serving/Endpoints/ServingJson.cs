using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace ResNetManaged.Serving.Endpoints;

/// <summary>What responses hold, as JSON; code made by the compiler, so that it works without reflection.</summary>
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(ClassifyResponse))]
[JsonSerializable(typeof(EmbedResponse))]
[JsonSerializable(typeof(SimilarResponse))]
[JsonSerializable(typeof(ModelsResponse))]
[JsonSerializable(typeof(HealthResponse))]
internal sealed partial class ServingJson : JsonSerializerContext
{
    /// <summary>Names in snake_case; characters such as the apostrophe as they are, since no response is part of an HTML page.</summary>
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

/// <summary>The picture as it was decoded.</summary>
internal sealed record ImageBody(int Width, int Height);

/// <summary>Where the time of a request went, in milliseconds; total counts from the request's first line.</summary>
internal sealed record TimingsBody(double DecodeMs, double QueueMs, double ComputeMs, double TotalMs, int Batch);

/// <summary>What /api/classify answers.</summary>
internal sealed record ClassifyResponse(string Model, ImageBody Image, IReadOnlyList<PredictionBody> Predictions, TimingsBody Timings);

/// <summary>What /api/embed answers.</summary>
internal sealed record EmbedResponse(string Model, ImageBody Image, IReadOnlyList<float> Embedding, TimingsBody Timings);

/// <summary>What /api/similar answers.</summary>
internal sealed record SimilarResponse(string Model, ImageBody Image, IReadOnlyList<NeighborBody> Neighbors, TimingsBody Timings);

/// <summary>A picture of the index; the URL, relative to the service's own, leads to a small version of it.</summary>
internal sealed record NeighborBody(int Index, string Name, float Similarity, string Url);

/// <summary>What /api/models answers: the network, what can be asked of it, and the limits.</summary>
internal sealed record ModelsResponse(IReadOnlyList<ModelBody> Models, LimitsBody Limits);

/// <summary>A network that is served.</summary>
internal sealed record ModelBody(string Name, long Parameters, int Classes, IReadOnlyList<string>? Labels, InputBody Input, IReadOnlyList<string> Tasks, int IndexedPictures);

/// <summary>The size that pictures are brought to.</summary>
internal sealed record InputBody(int Width, int Height);

/// <summary>What a request may ask for.</summary>
internal sealed record LimitsBody(int MaxRequestBytes, long MaxPixels, int QueueLimit, int MaxBatch);

/// <summary>What /health answers.</summary>
internal sealed record HealthResponse(string Status);
