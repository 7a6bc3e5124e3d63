using System.Net;
using NUnit.Framework;
using ResNetManaged.Models;
using ResNetManaged.Serving;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Serving;

public sealed class NotFiniteTests
{
    [TestCase("/api/classify")]
    [TestCase("/api/embed")]
    [TestCase("/api/explain")]
    public async Task ANetworkWhoseOutputIsNotFiniteIsTheServersFault(string path)
    {
        ResNet model = TinyData.Network();
        foreach ((string _, Parameter parameter) in model.NamedParameters()) parameter.Fill(float.NaN);
        await using RunningServer server = await RunningServer.StartAsync(network: model);
        using HttpResponseMessage response = await server.PostAsync(path, TinyData.Bmp());
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.InternalServerError));
        Assert.That((await RunningServer.JsonAsync(response)).GetProperty("code").GetString(), Is.EqualTo("output_not_finite"));
    }

    [Test]
    public async Task TheServiceSaysWhetherItTurnsPictures([Values] bool upright)
    {
        await using RunningServer server = await RunningServer.StartAsync(new ResNetServiceOptions { Images = new() { Upright = upright } });
        using HttpResponseMessage response = await server.Client.GetAsync(new Uri("/api/models", UriKind.Relative));
        Assert.That((await RunningServer.JsonAsync(response)).GetProperty("models")[0].GetProperty("input").GetProperty("upright").GetBoolean(), Is.EqualTo(upright));
    }
}
