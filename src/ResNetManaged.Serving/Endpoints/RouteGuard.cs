using System.Diagnostics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Serving.Endpoints;

/// <summary>What every route has around it: its place in the metrics, the time-out, and problems for answers to whatever goes wrong.</summary>
internal sealed partial class RouteGuard(ResNetService service, ApiRoute route)
{
    private const int ClientGone = 499; // nginx's number, which metrics know; nobody receives it

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
#pragma warning disable CA1031 // Whatever happens, the client gets an answer that says what.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (ToProblem(exception, context, state) is Problem problem)
            {
                if (problem.Status == StatusCodes.Status500InternalServerError) LogFailure(context, exception);
                status = problem.Status;
                if (problem.Status is 503 or 413) service.Metrics.Rejected(problem.Code);
                if (context.Response.HasStarted) context.Abort(); // the client must not take half an answer for a whole one
                else await problem.WriteAsync(context).ConfigureAwait(false);
            }
        }
        finally
        {
            service.Metrics.RequestDone(route.Pattern, status, Stopwatch.GetElapsedTime(start));
        }
    }

    /// <summary>Says no before a picture is read that could not be worked on.</summary>
    private void RefuseIfBusy()
    {
        if (service.IsStopping) throw new ProblemException(Problem.Stopping());
        if (service.Pipeline.Admitted >= service.Options.QueueLimit) throw new ProblemException(Problem.Busy(service.Options.QueueLimit));
    }

    /// <summary>The answer to an exception; null where the client is gone. Only what is known to be the client's fault is blamed on it.</summary>
    private Problem? ToProblem(Exception exception, HttpContext context, RequestState state) => exception switch
    {
        _ when context.RequestAborted.IsCancellationRequested => null,
        ConnectionResetException => null, // comes before the token is canceled
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

/// <summary>A route and what it does.</summary>
/// <param name="Method">GET or POST.</param>
/// <param name="Pattern">The path, as ASP.NET Core and the OpenAPI document write it.</param>
/// <param name="TakesPicture">Whether its body is a picture to be computed with.</param>
/// <param name="Handle">What it does.</param>
internal sealed record ApiRoute(string Method, string Pattern, bool TakesPicture, Func<HttpContext, RequestState, Task> Handle);

/// <summary>What a request has been through so far.</summary>
internal sealed class RequestState(long start, CancellationToken cancellation)
{
    /// <summary>When it began: <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public long Start => start;

    /// <summary>The client has gone, or its time is up.</summary>
    public CancellationToken Cancellation => cancellation;

    /// <summary>Whether all of the picture is here.</summary>
    public bool HasArrived { get; set; }
}
