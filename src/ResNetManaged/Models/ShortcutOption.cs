namespace ResNetManaged.Models;

/// <summary>How a shortcut changes shape. A, B and C are the options of He et al. 2015, arXiv:1512.03385, section 3.3.</summary>
internal enum ShortcutOption
{
    /// <summary>A: subsampling and zero channels, without parameters.</summary>
    ZeroPadding,

    /// <summary>B: a 1x1 projection where the shape changes, the identity elsewhere.</summary>
    ProjectionWhereShapeChanges,

    /// <summary>C: a 1x1 projection in every block.</summary>
    ProjectionEverywhere,

    /// <summary>B as the article's residual unit has it: every block owns a projection, but only strided ones use it.</summary>
    ProjectionOwnedButUsedWhereStrided,

    /// <summary>
    /// B with the stride in a 2x2 average pooling, so that the projection drops no pixel: ResNet-D of He et al. 2018, arXiv:1812.01187, figure 2c.
    /// </summary>
    AveragedProjectionWhereShapeChanges,
}
