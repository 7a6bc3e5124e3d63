namespace ResNetManaged.Corpus;

/// <summary>A corpus cannot be planned, computed or read: an input is missing or damaged, or a file of the corpus does not fit the plan.</summary>
public class CorpusException : IOException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">One sentence: the thing, what it is, what was expected.</param>
    /// <param name="innerException">The cause; null if there is none.</param>
    public CorpusException(string message, Exception? innerException = null) : base(message, innerException) { }
}
