using System.Globalization;
using ResNetManaged.Soak;

// Soaks `resnet serve`: 64 clients with all behaviors for some minutes, then SIGTERM under load. Exits with 1 if a check fails.
//   dotnet run -c Release --project benchmarks/ResNetManaged.Soak -- --minutes 2

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
Dictionary<string, string> options = [];
for (int i = 0; i < args.Length; i += 2)
{
    if (i + 1 == args.Length || args[i] is not ("--minutes" or "--clients" or "--queue" or "--seed" or "--weights"))
    {
        Console.Error.WriteLine("usage: [--minutes 2] [--clients 64] [--queue 128] [--seed 1] [--weights FILE]");
        return 2;
    }
    options[args[i]] = args[i + 1];
}
double Number(string name, double fallback) => options.TryGetValue(name, out string? text) ? double.Parse(text, CultureInfo.InvariantCulture) : fallback;

SoakPlan plan = new(
    TimeSpan.FromMinutes(Number("--minutes", 2)), (int)Number("--clients", 64), (int)Number("--queue", 128), (int)Number("--seed", 1),
    options.GetValueOrDefault("--weights"));
return await new SoakRun(plan).RunAsync() ? 0 : 1;
