using ResNetManaged.Imaging.Jpeg.Entropy;

namespace ResNetManaged.Imaging.Jpeg;

/// <summary>What a scan header says: which components, and which part of their coefficients.</summary>
/// <param name="Components">The components, in the order of their blocks in an MCU.</param>
/// <param name="Dc">For each of them, the code of DC differences; null if the scan has none.</param>
/// <param name="Ac">For each of them, the code of AC coefficients; null if the scan has none.</param>
/// <param name="First">The first coefficient in coded order.</param>
/// <param name="Last">The last coefficient.</param>
/// <param name="High">The bits that an earlier scan left out; 0 if this is the first one.</param>
/// <param name="Low">The bits that this scan leaves out.</param>
/// <param name="RestartInterval">The MCUs between restart markers; 0 if there are none.</param>
internal sealed record JpegScan(
    JpegComponent[] Components, HuffmanTable?[] Dc, HuffmanTable?[] Ac, int First, int Last, int High, int Low, int RestartInterval)
{
    /// <summary>Whether an MCU is a single block.</summary>
    public bool IsSingle => Components.Length == 1;
}
