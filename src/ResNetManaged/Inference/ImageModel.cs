using ResNetManaged.Models;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Inference;

/// <summary>What image consumers need from a network.</summary>
internal static class ImageModel
{
    /// <summary>How an image becomes a network's input: as the network itself says, or else as is usual for its architecture.</summary>
    public static ImagePreset PresetOf(ImageNetwork model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Preset ?? model.UsualPreset;
    }

    /// <summary>Throws unless the network can process images.</summary>
    /// <param name="model">The network.</param>
    /// <param name="user">The caller, for the message.</param>
    /// <exception cref="ArgumentException">The network is in training mode or does not take three channels.</exception>
    public static void Require(ImageNetwork model, string user)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.Training) throw new ArgumentException($"{user}: the model is in training mode; call Eval() first.", nameof(model));
        if (model.InChannels != RgbImage.Channels)
        {
            throw new ArgumentException(
                $"{user}: the model takes {model.InChannels} channels; expected {RgbImage.Channels}, as images have.", nameof(model));
        }
    }

    /// <summary>Throws unless the network classifies.</summary>
    /// <param name="model">The network.</param>
    /// <param name="user">The caller, for the message.</param>
    /// <exception cref="ArgumentException">The network has no head.</exception>
    public static void RequireHead(ImageNetwork model, string user)
    {
        if (model.NumClasses == 0)
            throw new ArgumentException($"{user}: the model has no head; expected one with classes, as WithHead creates.", nameof(model));
    }
}
