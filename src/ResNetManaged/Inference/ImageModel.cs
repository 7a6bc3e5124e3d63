using ResNetManaged.Models;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Inference;

/// <summary>What all that looks at images asks of a network.</summary>
internal static class ImageModel
{
    /// <summary>Refuses a network that cannot look at images.</summary>
    /// <param name="model">The network.</param>
    /// <param name="user">Who asks, for the message.</param>
    /// <exception cref="ArgumentException">It is in training mode, or takes other channels.</exception>
    public static void Require(ResNet model, string user)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.Training) throw new ArgumentException($"{user}: the model is in training mode; call Eval() first.", nameof(model));
        if (model.Config.InChannels != RgbImage.Channels)
        {
            throw new ArgumentException(
                $"{user}: the model takes {model.Config.InChannels} channels; images have {RgbImage.Channels}.", nameof(model));
        }
    }
}
