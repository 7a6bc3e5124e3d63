namespace ResNetManaged.Pretrained.Transfer;

/// <summary>Rules for addresses.</summary>
internal static class Addresses
{
    /// <summary>Whether an address may be requested: https, or http on this machine.</summary>
    public static bool IsAllowed(Uri address) => address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback);

    /// <summary>Whether two addresses have the same scheme, host and port, so that credentials for one may be sent to the other.</summary>
    public static bool HaveSameOrigin(Uri first, Uri second) =>
        first.Scheme == second.Scheme && first.Port == second.Port && first.Host.Equals(second.Host, StringComparison.OrdinalIgnoreCase);

    /// <summary>An address for messages: without credentials and without a query, which may contain a signature.</summary>
    public static string Shown(Uri address) => address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    /// <summary>An endpoint with a slash at its end, so that paths can be appended.</summary>
    /// <exception cref="PretrainedException">It is not encrypted.</exception>
    public static Uri Endpoint(Uri? given, string? setting, string variable, string fallback)
    {
        Uri? endpoint = given;
        if (endpoint is null && !Uri.TryCreate(setting ?? fallback, UriKind.Absolute, out endpoint))
            throw new PretrainedException(PretrainedFailure.UnknownName, $"the environment variable {variable} is '{setting}'; expected an https address");
        if (!IsAllowed(endpoint))
            throw new PretrainedException(PretrainedFailure.UnknownName, $"the endpoint '{Shown(endpoint)}' is not encrypted; expected an https address");
        return endpoint.AbsoluteUri.EndsWith('/') ? endpoint : new Uri(endpoint.AbsoluteUri + "/");
    }
}
