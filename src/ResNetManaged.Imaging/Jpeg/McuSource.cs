namespace ResNetManaged.Imaging.Jpeg;

/// <summary>Supplies rows of MCUs from the top to the bottom, as samples in the planes.</summary>
internal abstract class McuSource
{
    /// <summary>Decodes the next row.</summary>
    /// <param name="mcuRow">Its number.</param>
    /// <param name="isNeeded">Whether its samples are needed; if not, the planes stay as they are.</param>
    public abstract void Read(int mcuRow, bool isNeeded);

    /// <summary>Checks the end of the file after the last row.</summary>
    public virtual void Finish() { }
}
