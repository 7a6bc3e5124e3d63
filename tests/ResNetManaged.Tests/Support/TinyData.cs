using System.Buffers.Binary;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Tests.Support;

/// <summary>Networks, images and datasets small enough to create on the fly.</summary>
internal static class TinyData
{
    public const int CifarRecordLength = 3073;

    /// <summary>The smallest of the paper's CIFAR networks: three residual units, ten classes, 32 x 32 images.</summary>
    public static ResNet Network(int numClasses = 10) =>
        new ResNet(ResNetConfig.Cifar(blocksPerStage: 1) with { NumClasses = numClasses }, new TorchGenerator(7)).Eval();

    public static string SaveNetwork(TemporaryFolder folder, string name = "tiny.safetensors", int numClasses = 10)
    {
        Safetensors.Write(folder[name], Network(numClasses).StateDict());
        return folder[name];
    }

    /// <summary>A 24-bit BMP file of noise; a claimed size may differ from the true one.</summary>
    public static byte[] Bmp(int width = 32, int height = 32, int seed = 1, int? claimedSide = null)
    {
        const int HeaderLength = 54;
        byte[] file = new byte[HeaderLength + height * ((width * 3 + 3) / 4 * 4)];
        new Random(seed).NextBytes(file.AsSpan(HeaderLength));
        file.AsSpan(0, HeaderLength).Clear();
        file[0] = (byte)'B';
        file[1] = (byte)'M';
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), HeaderLength);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), claimedSide ?? width);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), claimedSide ?? height);
        file[26] = 1;
        file[28] = 24;
        return file;
    }

    /// <summary>CIFAR-10 binary records of noise with these labels.</summary>
    public static byte[] CifarRecords(params ReadOnlySpan<byte> labels)
    {
        byte[] records = new byte[labels.Length * CifarRecordLength];
        new Random(3).NextBytes(records);
        for (int i = 0; i < labels.Length; i++) records[i * CifarRecordLength] = labels[i];
        return records;
    }
}
