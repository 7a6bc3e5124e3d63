namespace ResNetManaged.Corpus.Writing;

/// <summary>Creates files that exist completely or not at all, and only if no other process created them first.</summary>
internal static class NewFile
{
    /// <summary>Moves a finished file to its name unless that exists: by a hard link where there are any, so that two processes cannot both succeed.</summary>
    /// <returns>Whether the file was moved; if not, it is deleted.</returns>
    public static bool TryMove(string temporary, string path)
    {
        try
        {
            File.Move(temporary, path, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(temporary);
            return false;
        }
    }
}
