#:project ../../src/ResNetManaged.Imaging/ResNetManaged.Imaging.csproj
#:property PublishAot=false
#:property AssemblyName=photographs

// The .NET half of photographs.py: for each line of standard input, "decode" or "input", does that with all files once and prints the milliseconds.
using System.Diagnostics;
using System.Globalization;
using ResNetManaged.Imaging;
using ResNetManaged.Preprocessing;

string[] files = [.. Directory.GetFiles(args[0]).Order(StringComparer.Ordinal)];
while (Console.ReadLine() is string what)
{
    Stopwatch watch = Stopwatch.StartNew();
    foreach (string file in files)
    {
        if (what == "decode") ImageFile.Load(file);
        else ImageFile.LoadInput(file, ImagePreset.ImageNet);
    }
    Console.WriteLine(watch.Elapsed.TotalMilliseconds.ToString("R", CultureInfo.InvariantCulture));
}
