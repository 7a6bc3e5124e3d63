using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using TorchSharp;
using Tensor = ResNetManaged.Tensors.Tensor;

namespace ResNetManaged.Parity.Support;

/// <summary>Gradients of the loss sum(weights * output): ours, and LibTorch's in float64.</summary>
internal static class Gradients
{
    /// <summary>Our gradients of the input, then of all parameters in order; null for parameters that the module does not use.</summary>
    public static Tensor?[] OfModule(Module module, Tensor input, Tensor weights)
    {
        ParameterGradients parameters = new();
        Tensor ofInput = GradientTape.Record(module.Trace(input.Shape), input, ExecutionOptions.Default).Backward(weights, parameters);
        return [ofInput, .. module.Parameters().Select(parameter => parameters[parameter])];
    }

    /// <summary>LibTorch's gradients of all operands of a function, by autograd.</summary>
    public static IList<torch.Tensor> ByAutograd(Func<torch.Tensor[], torch.Tensor> function, torch.Tensor weights, params torch.Tensor[] operands)
    {
        torch.Tensor[] leaves = Array.ConvertAll(operands, operand => operand.detach().clone().requires_grad_());
        return torch.autograd.grad([function(leaves)], leaves, [weights]);
    }

    /// <summary>A copy in float64.</summary>
    public static torch.Tensor ToTorch64(this Tensor tensor) => tensor.ToTorch().to(torch.float64);
}
