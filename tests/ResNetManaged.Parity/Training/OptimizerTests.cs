using NUnit.Framework;

using ResNetManaged.Parity.Support;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Training.Optimizers;

using TorchSharp;
using Tensor = ResNetManaged.Tensors.Tensor;

namespace ResNetManaged.Parity.Training;

public sealed class OptimizerTests : LibTorchTests
{
    private const int Steps = 10;

    [Test]
    public void TenStepsOfSgdAgree() => Compare("SGD", draws =>
    {
        double rate = draws.OneOf(0.01, 0.1, 0.5), momentum = draws.OneOf(0, 0.5, 0.9), decay = draws.OneOf(0, 5e-4, 0.1);
        bool nesterov = momentum > 0 && draws.Bool();
        return new Recipe(rate, decay,
            groups => new Sgd(groups, momentum, nesterov),
            parameter => torch.optim.SGD([parameter], rate, momentum, weight_decay: decay, nesterov: nesterov),
            (ref ReferenceWeight weight, int _, double gradient) => weight.Sgd(gradient, rate, momentum, nesterov, decay),
            $"rate {rate}, momentum {momentum}, decay {decay}, Nesterov {nesterov}");
    });

    [Test]
    public void TenStepsOfAdamWAgree() => Compare("AdamW", draws =>
    {
        double rate = draws.OneOf(1e-3, 0.01, 0.1), beta1 = draws.OneOf(0.5, 0.9), beta2 = draws.OneOf(0.9, 0.999), decay = draws.OneOf(0, 0.01, 0.1);
        double eps = draws.OneOf(1e-8, 1e-3);
        return new Recipe(rate, decay,
            groups => new AdamW(groups, beta1, beta2, eps),
            parameter => torch.optim.AdamW([parameter], rate, beta1, beta2, eps, decay),
            (ref ReferenceWeight weight, int t, double gradient) => weight.AdamW(t, gradient, rate, beta1, beta2, eps, decay),
            $"rate {rate}, beta1 {beta1}, beta2 {beta2}, eps {eps}, decay {decay}");
    });

    private delegate void ReferenceStep(ref ReferenceWeight weight, int step, double gradient);

    private sealed record Recipe(double Rate, double Decay, Func<IEnumerable<ParameterGroup>, Optimizer> Ours,
        Func<TorchSharp.Modules.Parameter, torch.optim.Optimizer> Theirs, ReferenceStep Reference, string Name);

    /// <summary>The reference gives the magnitudes, from which the tolerance follows.</summary>
    private static void Compare(string name, Func<Draws, Recipe> draw)
    {
        Draws draws = new();
        Agreement agreement = new(name);
        for (int i = 0; i < Draws.Cases / 4; i++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            Recipe recipe = draw(draws);
            Tensor start = draws.Numbers([draws.Int(1, 50), draws.Int(1, 9)]);
            Parameter parameter = new(start.Shape, 0) { Value = start.Clone() };
            TorchSharp.Modules.Parameter theirParameter = new(start.ToTorch());
            GradientSet gradients = new([parameter]);
            Optimizer ours = recipe.Ours([new ParameterGroup([("weight", parameter)], recipe.Decay)]);
            using torch.optim.Optimizer theirs = recipe.Theirs(theirParameter);
            ReferenceWeight[] reference = [.. start.ReadOnlySpan.ToArray().Select(value => new ReferenceWeight(value))];
            for (int t = 1; t <= Steps; t++)
            {
                Tensor gradient = draws.Numbers(start.Shape);
                gradient.ReadOnlySpan.CopyTo(gradients[parameter]);
                ours.Step(gradients, recipe.Rate);
                theirParameter.grad = gradient.ToTorch();
                theirs.step();
                for (int e = 0; e < reference.Length; e++) recipe.Reference(ref reference[e], t, gradient.ReadOnlySpan[e]);
            }
            double[] tolerances = [.. reference.Select(weight => weight.Magnitude * Agreement.OfRoundings(Steps * ReferenceWeight.RoundingsPerStep))];
            agreement.AssertWithin(parameter.Value, Agreement.Doubles(theirParameter.detach()), tolerances, recipe.Name);
        }
        agreement.Report();
    }
}
