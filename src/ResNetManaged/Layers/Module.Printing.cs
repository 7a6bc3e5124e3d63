using System.Text;

namespace ResNetManaged.Layers;

public abstract partial class Module
{
    /// <summary>The text in parentheses after the type's name when the module prints: <c>64, eps=1e-05</c>.</summary>
    /// <returns>The settings as PyTorch prints them; empty if there are none.</returns>
    protected virtual string Describe() => "";

    /// <summary>Prints the module and all below it exactly as PyTorch does.</summary>
    /// <returns>One line for a layer, several for a container.</returns>
    public override string ToString()
    {
        StringBuilder text = new();
        Print(text, indentation: 0);
        return text.ToString();
    }

    private void Print(StringBuilder text, int indentation)
    {
        const int Step = 2;
        string description = Describe();
        text.Append(TypeName).Append('(');
        if (_children.Count == 0)
        {
            text.Append(description).Append(')');
            return;
        }
        if (description.Length > 0) text.Append('\n').Append(' ', indentation + Step).Append(description);
        foreach ((string name, Module child) in _children)
        {
            text.Append('\n').Append(' ', indentation + Step).Append('(').Append(name).Append("): ");
            child.Print(text, indentation + Step);
        }
        text.Append('\n').Append(' ', indentation).Append(')');
    }
}
