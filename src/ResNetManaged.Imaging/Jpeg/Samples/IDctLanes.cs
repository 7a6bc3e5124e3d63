namespace ResNetManaged.Imaging.Jpeg.Samples;

/// <summary>One vector width of 32-bit integers: the operations of <see cref="InverseDct"/>, which is written once for all widths.</summary>
/// <typeparam name="TVector">The raw vector, or <see cref="int"/> itself.</typeparam>
internal unsafe interface IDctLanes<TVector> where TVector : struct
{
    /// <summary>Integers in a vector: 1 or 4.</summary>
    static abstract int Lanes { get; }

    static abstract TVector Create(int value);

    /// <summary>Reads <see cref="Lanes"/> 16-bit integers.</summary>
    static abstract TVector Load(short* source);

    /// <summary>Writes <see cref="Lanes"/> 16-bit integers, clipped to their range.</summary>
    static abstract void Store(TVector value, short* destination);

    static abstract TVector Add(TVector x, TVector y);

    static abstract TVector Subtract(TVector x, TVector y);

    static abstract TVector Multiply(TVector x, int y);

    static abstract TVector ShiftLeft(TVector x, int bits);

    /// <summary>Divides by a power of two, rounding down.</summary>
    static abstract TVector ShiftRight(TVector x, int bits);

    /// <summary>Multiplies 64 coefficients by their steps modulo 2^16.</summary>
    static abstract void Scale(short* coefficients, short* steps, short* destination);

    /// <summary>Exchanges rows and columns of 8 x 8 integers.</summary>
    static abstract void Transpose(short* block);

    /// <summary>Writes columns of samples: clips values to -128 to 127, adds 128, and exchanges rows and columns.</summary>
    static abstract void StoreSamples(short* columns, byte* destination, nint stride);
}
