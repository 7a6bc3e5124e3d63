namespace ResNetManaged.Models;

/// <summary>How the planes of a network's last stage become features.</summary>
public enum GlobalPooling
{
    /// <summary>The mean of each plane.</summary>
    Average,

    /// <summary>The maximum of each plane.</summary>
    Max,

    /// <summary>The mean of the two.</summary>
    AverageOfBoth,

    /// <summary>First all means, then all maxima: twice as many features.</summary>
    Both,
}
