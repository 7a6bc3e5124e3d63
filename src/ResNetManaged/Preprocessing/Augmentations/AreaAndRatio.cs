using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Preprocessing.Augmentations;

/// <summary>Draws the size of a rectangle as torchvision does: a fraction of an area, uniform, and its width over its height, log-uniform.</summary>
internal static class AreaAndRatio
{
    public static Size2D Draw(double area, (double Min, double Max) scale, (double Min, double Max) ratio, PhiloxGenerator random)
    {
        double target = area * random.NextDouble(scale.Min, scale.Max);
        double widthOverHeight = Math.Exp(random.NextDouble(Math.Log(ratio.Min), Math.Log(ratio.Max)));
        return (Round(Math.Sqrt(target / widthOverHeight)), Round(Math.Sqrt(target * widthOverHeight)));
    }

    private static int Round(double side) => (int)Math.Min(Math.Round(side), int.MaxValue);
}
