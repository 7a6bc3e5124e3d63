namespace ResNetManaged.Models.Parts;

/// <summary>How a stem for ImageNet subsamples after its convolutions.</summary>
internal enum StemPooling
{
    /// <summary>By 3x3/2 max-pooling.</summary>
    Max,

    /// <summary>By a strided 3x3 convolution, batch norm and ReLU: Bello et al. 2021, arXiv:2103.07579.</summary>
    Convolution,

    /// <summary>By 3x3/2 max-pooling of a plane padded with zeros, which count: Kolesnikov et al. 2020, arXiv:1912.11370.</summary>
    MaxOfZeroPadded,
}
