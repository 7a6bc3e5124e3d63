using System.Diagnostics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Serving.Endpoints;

/// <summary>Wraps every route with metrics, the timeout, and problem details for whatever goes wrong.</summary>
internal sealed partial class RouteGuard(ResNetService service, ApiRoute route)
{
    private const int ClientGone = 499; // nginx's status for metrics; it is never sent

    public async Task HandleAsync(HttpContext context)
    {
        long start = Stopwatch.GetTimestamp();
        int status = ClientGone;
        using CancellationTokenSource timeout = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        timeout.CancelAfter(service.Options.RequestTimeout);
        RequestState state = new(start, timeout.Token);
        try
        {
            if (route.TakesPicture) RefuseIfBusy();
            await route.Handle(context, state).ConfigureAwait(false);
            status = context.Response.StatusCode;
        }
#pragma warning disable CA1031 // Every failure becomes a response that says what went wrong.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (ToProblem(exception, context, state) is Problem problem)
            {
                if (problem.Status == StatusCodes.Status500InternalServerError) LogFailure(context, exception);
                status = problem.Status;
                if (problem.Status is 503 or 413) service.Metrics.Rejected(problem.Code);
                if (context.Response.HasStarted) context.Abort(); // the client must not mistake a partial response for a complete one
                else await problem.WriteAsync(context).ConfigureAwait(false);
            }
        }
        finally
        {
            service.Metrics.RequestDone(route.Pattern, status, Stopwatch.GetElapsedTime(start));
        }
    }

    /// <summary>Refuses a request before its picture is read if there is no place for it.</summary>
    private void RefuseIfBusy()
    {
        if (service.IsStopping) throw new ProblemException(Problem.Stopping());
        if (service.Pipeline.Admitted >= service.Options.QueueLimit) throw new ProblemException(Problem.Busy(service.Options.QueueLimit));
    }

    /// <summary>The response to an exception; null if the client is gone. Only exceptions known to be the client's fault become a 4xx.</summary>
    private Problem? ToProblem(Exception exception, HttpContext context, RequestState state) => exception switch
    {
        _ when context.RequestAborted.IsCancellationRequested => null,
        ConnectionResetException => null, // can arrive before the token is canceled
        ProblemException own => own.Problem,
        ImageException { Failure: ImageFailure.UnknownFormat } image => Problem.UnknownFormat(image.Reason!),
        ImageException { Failure: ImageFailure.TooLarge } image => Problem.TooManyPixels(image.Reason!),
        ImageException image => Problem.Damaged(image.Reason ?? image.Message),
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => Problem.TooSlow(service.Options.RequestTimeout),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Problem.TooManyBytes(service.Options.MaxRequestBytes),
        BadHttpRequestException bad => Problem.BadRequest(bad.Message),
        OperationCanceledException when state.Cancellation.IsCancellationRequested =>
            state.HasArrived ? Problem.TimedOut(service.Options.RequestTimeout) : Problem.TooSlow(service.Options.RequestTimeout),
        OperationCanceledException or ObjectDisposedException when service.Pipeline.IsDisposed => Problem.Stopping(),
        _ => Problem.Failed(),
    };

    private void LogFailure(HttpContext context, Exception exception)
    {
        if (context.RequestServices.GetService<ILoggerFactory>() is ILoggerFactory loggers)
            Failed(loggers.CreateLogger("ResNetManaged.Serving"), exception, route.Method, route.Pattern);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Route} failed")]
    private static partial void Failed(ILogger logger, Exception exception, string method, string route);
}

/// <summary>A route and its handler.</summary>
/// <param name="Method">GET or POST.</param>
/// <param name="Pattern">The path, as ASP.NET Core and the OpenAPI document write it.</param>
/// <param name="TakesPicture">Whether the body is a picture to be computed.</param>
/// <param name="Handle">Handles a request.</param>
internal sealed record ApiRoute(string Method, string Pattern, bool TakesPicture, Func<HttpContext, RequestState, Task> Handle);

/// <summary>The state of a request.</summary>
internal sealed class RequestState(long start, CancellationToken cancellation)
{
    /// <summary>When the request began: <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public long Start => start;

    /// <summary>Canceled when the client is gone or the request timed out.</summary>
    public CancellationToken Cancellation => cancellation;

    /// <summary>Whether the whole picture has arrived.</summary>
    public bool HasArrived { get; set; }
}
