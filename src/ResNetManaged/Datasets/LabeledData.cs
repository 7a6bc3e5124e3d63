namespace ResNetManaged.Datasets;

/// <summary>Items with a class each: what there is to know about data without loading any.</summary>
public abstract class LabeledData
{
    /// <summary>What messages call the data: the path of a file or folder.</summary>
    public abstract string Name { get; }

    /// <summary>The number of items.</summary>
    public abstract int Count { get; }

    /// <summary>The names of the classes; a label is a position in this list.</summary>
    public abstract IReadOnlyList<string> ClassNames { get; }

    /// <summary>The class of an item.</summary>
    /// <param name="index">From 0 up to <see cref="Count"/>.</param>
    /// <returns>A position in <see cref="ClassNames"/>.</returns>
    public abstract int LabelOf(int index);

    /// <summary>What messages call an item: the path of its file, or its number.</summary>
    /// <param name="index">From 0 up to <see cref="Count"/>.</param>
    /// <returns>The name.</returns>
    public virtual string NameOf(int index) => $"{Name}#{index}";

    /// <summary>Training needs something to tell apart.</summary>
    /// <exception cref="DatasetException">There are fewer than two classes.</exception>
    internal void RequireClasses()
    {
        if (ClassNames.Count < 2)
            throw new DatasetException(Name, $"has one class, '{ClassNames[0]}'", "expected two or more, for a network to learn to tell them apart");
    }
}
