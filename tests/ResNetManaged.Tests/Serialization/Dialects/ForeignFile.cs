using System.Runtime.InteropServices;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Serialization.Dialects;

/// <summary>Files as other programs write them, with the tensors of a small network under other names.</summary>
internal static class ForeignFile
{
    /// <summary>A network of four stages with torchvision's names.</summary>
    public static ResNet Network(BlockKind? kind = null, int numClasses = 5, int? stemChannels = null)
    {
        TorchGenerator generator = new(3);
        ResNet network = new(ResNetConfig.Torchvision(kind ?? BlockKind.ResidualUnit, 1, 2, 1, 1) with
        {
            Widths = [8, 8, 16, 16],
            WidthPerGroup = ResNetConfig.BaseWidth,
            NumClasses = numClasses,
            StemWidths = stemChannels is int channels ? [channels] : [],
        }, generator);
        RandomNetwork.Randomize(network, generator);
        return network.Eval();
    }

    /// <summary>The network's tensors, renamed; a name that becomes empty is left out.</summary>
    public static List<(string Name, Tensor Tensor)> Tensors(ResNet network, Func<string, string>? rename = null) =>
    [
        .. network.StateDict().Select(entry => (rename?.Invoke(entry.Key) ?? entry.Key, entry.Value)).Where(entry => entry.Item1.Length > 0),
    ];

    /// <summary>A file of torch.save.</summary>
    /// <param name="tensors">The tensors of the state_dict.</param>
    /// <param name="container">The key of the state_dict in an outer dict; null for none.</param>
    /// <param name="beside">Writes more keys and values of the outer dict, each followed by SETITEM.</param>
    public static byte[] Torch(IReadOnlyList<(string Name, Tensor Tensor)> tensors, string? container = null, Action<PickleBuilder>? beside = null) =>
        Torch([(container, tensors)], beside);

    /// <summary>A file of torch.save with several state_dicts, each under a key, or under keys of nested dicts joined by slashes.</summary>
    public static byte[] Torch(IReadOnlyList<(string? Container, IReadOnlyList<(string Name, Tensor Tensor)> Tensors)> dicts, Action<PickleBuilder>? beside = null)
    {
        PickleBuilder pickle = new();
        List<byte[]> storages = [];
        if (dicts[0].Container is not null || beside is not null) pickle.Op("}");
        foreach ((string? container, IReadOnlyList<(string Name, Tensor Tensor)> tensors) in dicts)
        {
            string[] keys = container?.Split('/') ?? [];
            if (container is null) pickle.Op("}");
            foreach (string key in keys) pickle.Text(key).Op("}");
            foreach ((string name, Tensor tensor) in tensors)
            {
                long[] sizes = [.. Enumerable.Range(0, tensor.Rank).Select(i => (long)tensor.Shape[i])], strides = new long[sizes.Length];
                for (long i = sizes.Length - 1, stride = 1; i >= 0; stride *= sizes[i--]) strides[i] = stride;
                string key = FormattableString.Invariant($"{storages.Count}");
                pickle.Text(name).Tensor(tensor.ElementCount, 0, sizes, strides, key).Op("s");
                storages.Add(MemoryMarshal.AsBytes(tensor.ReadOnlySpan).ToArray());
            }
            foreach (string _ in keys) pickle.Op("s");
        }
        beside?.Invoke(pickle);
        ZipBuilder zip = new ZipBuilder().Add("a/data.pkl", pickle.Stop());
        for (int i = 0; i < storages.Count; i++) zip.Add(FormattableString.Invariant($"a/data/{i}"), storages[i]);
        return zip.Build();
    }

    public static ResNet Load(byte[] file, CheckpointOptions? options = null)
    {
        using MemoryStream stream = new(file);
        return ResNetCheckpoint.Load(stream, options ?? new CheckpointOptions());
    }

    /// <summary>The message of the exception with which a file is rejected.</summary>
    public static string Refusal(byte[] file, CheckpointOptions? options = null)
    {
        try
        {
            Load(file, options);
        }
        catch (Exception exception) when (exception is CheckpointException or StateDictMismatchException)
        {
            return exception.Message;
        }
        return "was not rejected";
    }

    /// <summary>The output for a fixed input.</summary>
    public static float[] Output(ResNet network) =>
        network.Forward(Tensor.Uniform([1, network.Config.InChannels, 32, 32], new TorchGenerator(5))).ReadOnlySpan.ToArray();

    /// <summary>The features for the same input.</summary>
    public static float[] Features(ResNet network) =>
        network.ForwardFeatures(Tensor.Uniform([1, network.Config.InChannels, 32, 32], new TorchGenerator(5))).ReadOnlySpan.ToArray();
}
