namespace ResNetManaged.Models;

/// <summary>The layers before the first stage.</summary>
internal enum StemKind
{
    /// <summary>7x7/2 convolution, batch norm, ReLU, 3x3/2 max-pooling with padding 1: the paper's and torchvision's.</summary>
    ImageNet,

    /// <summary>The same, but the max-pooling has no padding and rounds its output size up: the article's.</summary>
    CeilPooling,

    /// <summary>3x3 convolution, batch norm, ReLU: the paper's for CIFAR-10, section 4.2.</summary>
    Cifar,

    /// <summary>As <see cref="ImageNet"/> with three 3x3 convolutions, the first with stride 2, for the 7x7: He et al. 2018, arXiv:1812.01187, figure 2b.</summary>
    Deep,

    /// <summary>3x3 convolution, batch norm, PReLU: for faces of 112 x 112 pixels, Deng et al. 2019, arXiv:1801.07698, section 3.1.</summary>
    Face,
}
