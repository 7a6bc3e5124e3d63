namespace ResNetManaged.Models;

/// <summary>The names and nesting of a network's modules: its contract with checkpoints.</summary>
internal enum ResNetNaming
{
    /// <summary><c>conv1, bn1, layer1.0.conv1, layer1.0.downsample.0, ..., fc</c>.</summary>
    Torchvision,

    /// <summary>The article's <c>layer1.0, layer2_x.0.fit_.0.0, layer2_x.0.skipconv.0, ..., fc</c>.</summary>
    Textbook,

    /// <summary>As torchvision's, but the head is called <c>linear</c> and the shortcut <c>shortcut</c>, as is usual for CIFAR networks.</summary>
    Cifar,

    /// <summary>timm's for pre-activation networks: <c>stem.conv, stages.0.blocks.0.norm1, stages.0.blocks.0.downsample.conv, ..., norm, head.fc</c>.</summary>
    PreActivation,
}
