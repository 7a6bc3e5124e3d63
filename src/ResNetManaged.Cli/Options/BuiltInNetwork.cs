using ResNetManaged.Cifar10;
using ResNetManaged.ImageNet18;
using ResNetManaged.Models;

namespace ResNetManaged.Cli.Options;

/// <summary>A network that comes with the program, for commands without <c>--weights</c>.</summary>
/// <param name="Name">What messages and reports call it.</param>
/// <param name="Knows">What it was trained on, for the help text.</param>
/// <param name="Load">Loads it.</param>
internal sealed record BuiltInNetwork(string Name, string Knows, Func<ImageNetwork> Load)
{
    /// <summary>The network that classifies.</summary>
    public static BuiltInNetwork Classifier { get; } = new("the built-in network", "the built-in network for CIFAR-10's ten classes", Cifar10Network.Load);

    /// <summary>The network whose features tell pictures apart. It has no classes.</summary>
    public static BuiltInNetwork Features { get; } =
        new("the built-in ImageNet network", "the built-in network, trained on ImageNet's photographs", ImageNet18Network.Load);
}
