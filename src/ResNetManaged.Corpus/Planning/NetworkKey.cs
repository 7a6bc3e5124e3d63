using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using ResNetManaged.FineTuning;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Tensors;

namespace ResNetManaged.Corpus.Planning;

/// <summary>Identifies everything that determines the result of a picture: the weights, the preprocessing and the arithmetic.</summary>
internal static class NetworkKey
{
    /// <summary>The key.</summary>
    /// <param name="network">The network.</param>
    /// <param name="execution">The arithmetic.</param>
    /// <param name="reading">How files are read.</param>
    /// <param name="classifies">Whether its head and the names of its classes count.</param>
    public static string Of(ImageNetwork network, ExecutionOptions execution, ImageFileOptions reading, bool classifies = false)
    {
        string body = FeatureKey.OfNetwork(network, ImageModel.PresetOf(network), execution) + (reading.Upright ? " upright" : "");
        if (!classifies) return body;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(body);
        float[] scratch = [];
        foreach ((string path, StateTensor tensor) in network.NamedState())
        {
            Add($"{path} {tensor.Shape}");
            hash.AppendData(MemoryMarshal.AsBytes(tensor.Borrow(ref scratch).ReadOnlySpan));
        }
        foreach (string name in network.ClassNames ?? []) Add(name);
        return Convert.ToHexString(hash.GetHashAndReset());

        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
    }
}
