using ResNetManaged.ImageNet18.Converter;
using ResNetManaged.Models;
using ResNetManaged.Onnx;
using ResNetManaged.Serialization;

if (args is not [string preprocessing, string network, string output])
{
    Console.Error.WriteLine("error: expected ResNetPreprocess.onnx, ResNet18.onnx and the .safetensors file to write");
    return 2;
}
ResNet converted = FeaturizerConversion.Run(OnnxFile.Read(preprocessing), OnnxFile.Read(network));
ResNetCheckpoint.Save(output, converted, half: true);
return 0;
