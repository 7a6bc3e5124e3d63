using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ResNetManaged.Serving.Page;

/// <summary>The page and the files it loads, all embedded in the assembly.</summary>
internal static class PageFiles
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly (string Pattern, string Name, string MediaType)[] Files =
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/app.js", "app.js", "text/javascript; charset=utf-8"),
        ("/app.css", "app.css", "text/css; charset=utf-8"),
        ("/icon.svg", "icon.svg", "image/svg+xml"),
    ];

    public static void MapTo(IEndpointRouteBuilder routes)
    {
        foreach ((string pattern, string name, string mediaType) in Files)
        {
            byte[] content = Resource.Read($"page/{name}");
            string tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..16]}\"";
            routes.MapMethods(pattern, [HttpMethods.Get, HttpMethods.Head], context => SendAsync(context, content, mediaType, tag));
        }
    }

    private static Task SendAsync(HttpContext context, byte[] content, string mediaType, string tag)
    {
        HttpResponse response = context.Response;
        response.Headers.ETag = tag;
        response.Headers.CacheControl = "no-cache"; // revalidated on every use, usually with a 304
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers["Referrer-Policy"] = "no-referrer";
        if (context.Request.Headers.IfNoneMatch == tag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }
        response.ContentType = mediaType;
        response.ContentLength = content.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(content, context.RequestAborted).AsTask();
    }
}
