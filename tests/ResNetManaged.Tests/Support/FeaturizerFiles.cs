using System.Reflection;

namespace ResNetManaged.Tests.Support;

/// <summary>ML.NET's featurizer, of which ResNetManaged.ImageNet18 is made: two ONNX files in its package.</summary>
internal static class FeaturizerFiles
{
    private static readonly string Folder = typeof(FeaturizerFiles).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "FeaturizerModels").Value!;

    /// <summary>From pixels of 0 to 255, red first, to the network's input; both [1, 3, 224, 224].</summary>
    public static string Preprocessing => Path.Combine(Folder, "ResNetPrepOnnx", "ResNetPreprocess.onnx");

    /// <summary>From there to the features, [1, 512, 1, 1].</summary>
    public static string Network => Path.Combine(Folder, "ResNet18Onnx", "ResNet18.onnx");
}
