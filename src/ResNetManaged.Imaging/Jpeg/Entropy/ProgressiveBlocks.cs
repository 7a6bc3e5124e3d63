namespace ResNetManaged.Imaging.Jpeg.Entropy;

/// <summary>Decodes blocks of progressive scans: T.81, annex G.1.2.</summary>
internal sealed unsafe class ProgressiveBlocks(BitReader bits, JpegScan scan)
{
    private const int ZeroRun = 15, EstimatedCoefficients = 9;

    private int _endRun; // blocks whose band has ended

    /// <summary>Checks a scan header, and notes which bits of the components' coefficients are then known.</summary>
    /// <exception cref="InvalidImageException">The scan is not a progressive one.</exception>
    public static void Check(JpegComponent[] components, int first, int last, int high, int low, int scans)
    {
        bool isValid = first == 0 ? last == 0 : first <= last && last < ZigZag.Size && components.Length == 1;
        if (!isValid || high != 0 && low != high - 1 || low > 13) throw new InvalidImageException("the JPEG file has an invalid progressive scan");
        foreach (JpegComponent component in components)
        {
            for (int k = Math.Min(first, 1); k <= Math.Max(last, EstimatedCoefficients); k++)
                component.MissingBitsBefore[k] = scans > 1 ? component.MissingBits[k] : 0;
            for (int k = first; k <= last; k++) component.MissingBits[k] = low;
        }
    }

    /// <summary>Starts a segment.</summary>
    public void Restart() => _endRun = 0;

    /// <summary>Decodes what the scan has for one block.</summary>
    /// <param name="index">The component's index in the scan.</param>
    /// <param name="block">The coefficients, row by row.</param>
    public void Read(int index, short* block)
    {
        if (scan.First > 0)
        {
            if (scan.High == 0) ReadBand(scan.Ac[index]!, block);
            else RefineBand(scan.Ac[index]!, block);
        }
        else if (scan.High != 0) block[0] |= (short)(bits.Bits(1) << scan.Low);
        else block[0] = (short)(Predict(scan.Components[index], bits.Difference(scan.Dc[index]!)) << scan.Low);
    }

    private static int Predict(JpegComponent component, int difference)
    {
        long value = (long)component.Prediction + difference;
        if (value is < int.MinValue or > int.MaxValue) throw new InvalidImageException("the JPEG file has coefficients that are too large");
        return component.Prediction = (int)value;
    }

    private void ReadBand(HuffmanTable table, short* block)
    {
        if (_endRun > 0)
        {
            _endRun--;
            return;
        }
        for (int k = scan.First; k <= scan.Last; k++)
        {
            int symbol = bits.Symbol(table), run = symbol >> 4, size = symbol & 15;
            if (size > 0)
            {
                k += run;
                block[ZigZag.Order[k]] = (short)(HuffmanTable.Extend(bits.Bits(size), size) << scan.Low);
            }
            else if (run == ZeroRun) k += ZeroRun;
            else
            {
                _endRun = EndRun(run) - 1;
                break;
            }
        }
    }

    private void RefineBand(HuffmanTable table, short* block)
    {
        int k = scan.First;
        while (_endRun == 0 && k <= scan.Last)
        {
            int symbol = bits.Symbol(table), run = symbol >> 4, value = 0;
            if ((symbol & 15) != 0) value = bits.Bits(1) != 0 ? 1 << scan.Low : -1 << scan.Low;
            else if (run != ZeroRun)
            {
                _endRun = EndRun(run);
                break;
            }
            k = RefineRun(block, k, run);
            if (value != 0) block[ZigZag.Order[k]] = (short)value;
            k++;
        }
        if (_endRun == 0) return;
        if (k > scan.First || !IsEmpty(block)) RefineRun(block, k, ZigZag.Size);
        _endRun--;
    }

    /// <summary>Whether all AC coefficients are 0.</summary>
    private static bool IsEmpty(short* block)
    {
        ReadOnlySpan<short> coefficients = new(block, ZigZag.Size);
        return !coefficients[1..].ContainsAnyExcept((short)0);
    }

    /// <summary>Refines coefficients up to the one after <paramref name="zeros"/> that are still 0; returns its position, or the one past the band.</summary>
    private int RefineRun(short* block, int k, int zeros)
    {
        for (; k <= scan.Last; k++)
        {
            ref short coefficient = ref block[ZigZag.Order[k]];
            if (coefficient == 0)
            {
                if (zeros-- == 0) break;
            }
            else if (bits.Bits(1) != 0 && (coefficient & (1 << scan.Low)) == 0)
                coefficient += (short)(coefficient >= 0 ? 1 << scan.Low : -1 << scan.Low);
        }
        return k;
    }

    private int EndRun(int run) => (1 << run) + (run > 0 ? bits.Bits(run) : 0);
}
