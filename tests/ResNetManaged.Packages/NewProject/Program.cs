using ResNetManaged.Cifar10;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;

ImageClassifier classifier = Cifar10Network.CreateClassifier();
foreach (string file in args)
{
    Prediction best = classifier.Classify(file, top: 1)[0];
    Console.WriteLine($"{file}: {best.Label} {best.Probability:P1}");
}
