namespace ResNetManaged.Datasets;

/// <summary>Items with one class each: what is known about data without loading it.</summary>
public abstract class LabeledData
{
    /// <summary>The data's name in messages, such as the path of a file or folder.</summary>
    public abstract string Name { get; }

    /// <summary>The number of items.</summary>
    public abstract int Count { get; }

    /// <summary>The names of the classes; a label is an index into this list.</summary>
    public abstract IReadOnlyList<string> ClassNames { get; }

    /// <summary>The class of an item.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    /// <returns>An index into <see cref="ClassNames"/>.</returns>
    public abstract int LabelOf(int index);

    /// <summary>An item's name in messages: the path of its file, or its number.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    /// <returns>The name.</returns>
    public virtual string NameOf(int index) => $"{Name}#{index}";

    /// <summary>Checks that there are classes to tell apart.</summary>
    /// <exception cref="DatasetException">There are fewer than two classes.</exception>
    internal void RequireClasses()
    {
        if (ClassNames.Count < 2)
            throw new DatasetException(Name, $"has one class, '{ClassNames[0]}'", "expected two or more, for a network to tell apart");
    }
}
