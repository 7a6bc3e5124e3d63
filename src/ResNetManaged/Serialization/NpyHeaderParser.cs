using ResNetManaged.Tensors;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization;

/// <summary>Parses the Python dict literal of a <c>.npy</c> header. It accepts nothing else, so nothing is ever evaluated.</summary>
/// <remarks><c>{'descr': '&lt;f4', 'fortran_order': False, 'shape': (2, 3), }</c>: these three keys, each once, in any order.</remarks>
internal sealed class NpyHeaderParser(string text, string file)
{
    private int _at;

    /// <summary>Parses the header of an array that a tensor can hold.</summary>
    public NpyHeader Parse()
    {
        (NpyType type, bool bigEndian, bool fortranOrder, long[] sizes) = ParseSizes();
        return UntrustedShape.TryCreate(sizes, out Shape shape) ? new NpyHeader(type, bigEndian, fortranOrder, shape)
            : throw Fail($"has shape {UntrustedShape.Format(sizes)}", UntrustedShape.Limits);
    }

    /// <summary>Parses the header of an array of any size; the sizes are not checked.</summary>
    public (NpyType Type, bool BigEndian, bool FortranOrder, long[] Sizes) ParseSizes()
    {
        string? descriptor = null;
        bool? fortranOrder = null;
        List<long>? sizes = null;
        Expect('{');
        while (!Accept('}'))
        {
            string key = ReadString();
            Expect(':');
            switch (key)
            {
                case "descr" when descriptor is null: descriptor = ReadString(); break;
                case "fortran_order" when fortranOrder is null: fortranOrder = ReadBoolean(); break;
                case "shape" when sizes is null: sizes = ReadTuple(); break;
                default:
                    throw Fail($"has the unknown or repeated key '{UntrustedText.Printable(key)}'",
                        "expected 'descr', 'fortran_order' and 'shape', each once");
            }
            if (!Accept(','))
            {
                Expect('}');
                break;
            }
        }
        SkipSpace();
        if (_at != text.Length) throw Unexpected("the end of the header");
        if (descriptor is null || fortranOrder is null || sizes is null)
            throw Fail("is missing a key", "expected 'descr', 'fortran_order' and 'shape'");

        (NpyType type, bool bigEndian) = ParseDescriptor(descriptor);
        return (type, bigEndian, fortranOrder.Value, [.. sizes]);
    }

    private (NpyType Type, bool BigEndian) ParseDescriptor(string descriptor) => descriptor switch
    {
        "<f4" => (NpyType.Float32, false),
        ">f4" => (NpyType.Float32, true),
        "<f8" => (NpyType.Float64, false),
        ">f8" => (NpyType.Float64, true),
        "<i8" => (NpyType.Int64, false),
        ">i8" => (NpyType.Int64, true),
        "|u1" or "<u1" or ">u1" => (NpyType.UInt8, false),
        _ => throw Fail($"has elements of type '{UntrustedText.Printable(descriptor)}'",
            "expected float32 (f4), float64 (f8), int64 (i8) or uint8 (u1)"),
    };

    private string ReadString()
    {
        SkipSpace();
        if (_at == text.Length || text[_at] is not ('\'' or '"')) throw Unexpected("a quoted string");
        int end = text.IndexOf(text[_at], _at + 1);
        if (end < 0) throw Unexpected("a closing quote");
        string value = text[(_at + 1)..end];
        if (value.AsSpan().ContainsAnyExceptInRange(' ', '~') || value.Contains('\\', StringComparison.Ordinal))
            throw Unexpected("a string of printable ASCII without escapes");
        _at = end + 1;
        return value;
    }

    private bool ReadBoolean()
    {
        SkipSpace();
        if (AcceptWord("True")) return true;
        if (AcceptWord("False")) return false;
        throw Unexpected("True or False");
    }

    private List<long> ReadTuple()
    {
        List<long> sizes = [];
        Expect('(');
        while (!Accept(')'))
        {
            sizes.Add(ReadInteger());
            if (Accept(',')) continue;
            if (sizes.Count == 1) throw Unexpected("a comma, which makes (3,) a tuple");
            Expect(')');
            break;
        }
        return sizes;
    }

    private long ReadInteger()
    {
        SkipSpace();
        int start = _at;
        long value = 0;
        while (_at < text.Length && char.IsAsciiDigit(text[_at]))
        {
            int digit = text[_at++] - '0';
            if (value > (long.MaxValue - digit) / 10) throw Fail("has a size beyond 64 bits", UntrustedShape.Limits);
            value = value * 10 + digit;
        }
        if (_at == start) throw Unexpected("a size of 0 or more");
        AcceptWord("L"); // Python 2 wrote long integers with an L
        return value;
    }

    private bool AcceptWord(string word)
    {
        if (!text.AsSpan(_at).StartsWith(word)) return false;
        _at += word.Length;
        return true;
    }

    private bool Accept(char symbol)
    {
        SkipSpace();
        if (_at == text.Length || text[_at] != symbol) return false;
        _at++;
        return true;
    }

    private void Expect(char symbol)
    {
        if (!Accept(symbol)) throw Unexpected($"'{symbol}'");
    }

    private void SkipSpace()
    {
        while (_at < text.Length && text[_at] is (' ' or '\n')) _at++;
    }

    private NpyFormatException Unexpected(string expected) => Fail(
        _at == text.Length ? "ends early" : $"has character {(int)text[_at]:X2} hex at position {_at}", $"expected {expected}");

    private NpyFormatException Fail(string found, string expected) => new(file, $"the header {found}", expected);
}
