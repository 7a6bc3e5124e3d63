using ResNetManaged.Onnx.Model;

namespace ResNetManaged.Parity.Onnx;

/// <summary>Which of ONNX's own cases do not apply, and why.</summary>
internal static class NodeCaseReasons
{
    public const string Operator = "the operator is not supported", Sequence = "sequences and optionals", Text = "texts", Training = "training",
        BFloat16 = "rounding to bfloat16";

    /// <summary>Operators of the cases that no network of images needs.</summary>
    private static readonly HashSet<string> Unsupported =
    [
        "Adagrad", "Adam", "Bernoulli", "BitShift", "BlackmanWindow", "Compress", "DFT", "Det", "Einsum", "GRU", "GatherND", "GridSample",
            "HammingWindow", "HannWindow",
        "Hardmax", "If", "IsInf", "LSTM", "Loop", "MaxUnpool", "MeanVarianceNormalization", "MelWeightMatrix", "Momentum",
            "NegativeLogLikelihoodLoss",
        "NonMaxSuppression", "NonZero", "RNN", "RandomUniformLike", "ReverseSequence", "RoiAlign", "STFT", "Scan", "Scatter", "ScatterElements",
            "ScatterND", "Shrink",
        "SoftmaxCrossEntropyLoss", "StringNormalizer", "TfIdfVectorizer", "Trilu", "Unique",
    ];

    /// <summary>Cases of supported operators that do not apply, by their names, or the start of them before a star.</summary>
    private static readonly Dictionary<string, string> Names = new()
    {
        ["test_batchnorm_epsilon_training_mode"] = Training,
        ["test_batchnorm_example_training_mode"] = Training,
        ["test_cast_FLOAT_to_BFLOAT16*"] = BFloat16, // the data truncates, as version 13 did; from version 19 the nearest number is right
        ["test_castlike_FLOAT_to_BFLOAT16*"] = BFloat16,
        ["test_cast_FLOAT_to_STRING*"] = Text,
        ["test_cast_STRING_to_FLOAT*"] = Text,
        ["test_castlike_FLOAT_to_STRING*"] = Text,
        ["test_castlike_STRING_to_FLOAT*"] = Text,
        ["test_identity_opt*"] = Sequence,
        ["test_identity_sequence*"] = Sequence,
        ["test_optional_*"] = Sequence,
        ["test_sequence_*"] = Sequence,
        ["test_training_dropout"] = Training,
        ["test_training_dropout_default*"] = Training,
        ["test_training_dropout_mask"] = Training,
    };

    /// <summary>The operators that are listed.</summary>
    public static IReadOnlyCollection<string> UnsupportedOperators => Unsupported;

    /// <summary>Why a case does not apply; null if it does.</summary>
    public static string? Of(string name, OnnxModel model)
    {
        if (Names.Where(entry => Matches(name, entry.Key)).Select(entry => entry.Value).FirstOrDefault() is { } reason) return reason;
        return model.Graph.Nodes.Exists(node => Unsupported.Contains(node.Operator)) ? Operator : null;
    }

    private static bool Matches(string name, string pattern) => pattern.EndsWith('*') ? name.StartsWith(pattern[..^1], StringComparison.Ordinal)
        : name == pattern;
}
