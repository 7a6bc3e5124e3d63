namespace ResNetManaged.Models.Parts;

/// <summary>A residual block's place in a network, as data.</summary>
/// <param name="Config">The network's configuration.</param>
/// <param name="InChannels">Channels of the input.</param>
/// <param name="Width">The stage's width.</param>
/// <param name="Stride">1 keeps the image size; 2 halves it.</param>
internal readonly record struct BlockSpec(ResNetConfig Config, int InChannels, int Width, int Stride)
{
    /// <summary>Channels of the output.</summary>
    public int OutChannels => Width * Config.Block.Expansion;

    /// <summary>Whether the identity cannot be the shortcut.</summary>
    public bool ChangesShape => Stride != 1 || InChannels != OutChannels;
}
