using System.Diagnostics;
using System.Net;
using NUnit.Framework;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Cli.Commands;

public sealed class ServeCommandTests : CliTest
{
    [Test]
    [Platform(Include = "Linux,MacOsX")]
    public async Task ServesUntilASignalThenExitsWith0()
    {
        using Process process = Process.Start(
            new ProcessStartInfo("dotnet", ["exec", Path.Combine(TestContext.CurrentContext.TestDirectory, "resnet.dll"), "serve", "--weights", Weights, "--port", "0"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        try
        {
            string? line = await process.StandardOutput.ReadLineAsync();
            Assert.That(line, Does.Match(@" on http://127\.0\.0\.1:\d+$"));
            using HttpClient client = new() { BaseAddress = new Uri(line!.Split(' ')[^1]) };
            using ByteArrayContent picture = new(TinyData.Bmp());
            picture.Headers.ContentType = new("image/bmp");
            using HttpResponseMessage response = await client.PostAsync(new Uri("/api/classify", UriKind.Relative), picture);
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));

            using Process kill = Process.Start("sh", ["-c", $"kill -TERM {process.Id}"]);
            Assert.That(await process.StandardOutput.ReadToEndAsync(), Is.EqualTo("stopped after 1 pictures\n"));
            await process.WaitForExitAsync();
            Assert.That(process.ExitCode, Is.Zero);
            Assert.That(await process.StandardError.ReadToEndAsync(), Is.Empty);
        }
        finally
        {
            process.Kill(); // a process that is still running must not outlive a failed test
        }
    }

    [TestCase(2, "70000", "--port", "70000")]
    [TestCase(2, "'nowhere' is not an address", "--host", "nowhere")]
    [TestCase(1, "no file 'missing.pth'", "--weights", "missing.pth")]
    [TestCase(2, "--queue", "--queue", "0")]
    public void AFailureToServeIsReportedOnOneLine(int exitCode, string mentioned, params string[] options) => AssertFails(Run(["serve", .. options]), exitCode, mentioned);

    [Test]
    public void ATakenPortIsReportedOnOneLine()
    {
        using System.Net.Sockets.TcpListener other = new(IPAddress.Loopback, 0);
        other.Start();
        string port = $"{((IPEndPoint)other.LocalEndpoint).Port}";
        AssertFails(Run("serve", "--weights", Weights, "--port", port), 1, port);
    }
}
