using System.Net.Mime;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace ResNetManaged.Serving.Endpoints;

/// <summary>The OpenAPI document: openapi.json, maintained by hand, without the paths this service does not have.</summary>
internal static class OpenApiDocument
{
    private const string Pattern = "/openapi.json";

    /// <summary>The route that serves the document, which describes the given routes and itself.</summary>
    public static ApiRoute RouteFor(IEnumerable<ApiRoute> routes)
    {
        byte[] document = Create([.. routes.Select(route => route.Pattern), Pattern]);
        return new ApiRoute(HttpMethods.Get, Pattern, TakesPicture: false, (context, state) =>
        {
            context.Response.ContentType = MediaTypeNames.Application.Json;
            return context.Response.Body.WriteAsync(document, state.Cancellation).AsTask();
        });
    }

    private static byte[] Create(IReadOnlyList<string> patterns)
    {
        JsonObject document = JsonNode.Parse(Resource.Read("openapi.json"))!.AsObject();
        JsonObject paths = document["paths"]!.AsObject();
        foreach (string path in paths.Select(path => path.Key).Except(patterns).ToArray()) paths.Remove(path);
        return System.Text.Encoding.UTF8.GetBytes(document.ToJsonString());
    }
}
