using System.Collections.Immutable;
using NUnit.Framework;
using ResNetManaged.Models;

namespace ResNetManaged.Tests.Models;

/// <summary>Throws for configurations that a network would partly ignore.</summary>
public sealed class ResNetConfigTests
{
    private static ResNetConfig Small => ResNetVariants.Get("cifar_resnet20");

    [Test]
    public void EachStageNeedsADepthAndAWidth()
    {
        Refused(Small with { Depths = [1, 1] }, "ResNet: 2 depths and 3 widths were given; each stage needs one of each.");
        Refused(Small with { Depths = default }, "ResNet: 0 depths and 3 widths were given; each stage needs one of each.");
        Refused(Small with { Widths = default(ImmutableArray<int>) }, "ResNet: 3 depths and 0 widths were given; each stage needs one of each.");
    }

    [Test]
    public void ResidualUnitsHaveNoGroups() => Refused(Small with { Groups = 2 },
        "ResNet: Groups=2 and WidthPerGroup=64 were given; blocks of kind ResidualUnit take only 1 and 64.");

    [Test]
    public void OnlyTheArticlesBlocksOwnUnusedProjections()
    {
        Refused(Small with { Shortcut = ShortcutOption.ProjectionOwnedButUsedWhereStrided },
            "ResNet: Shortcut=ProjectionOwnedButUsedWhereStrided was given with Naming=Cifar; "
            + "the article's blocks each own a projection, other blocks only if they use it.");
        Refused(ResNetVariants.Get("textbook_resnet18") with { Shortcut = ShortcutOption.ZeroPadding },
            "ResNet: Shortcut=ZeroPadding was given with Naming=Textbook; "
            + "the article's blocks each own a projection, other blocks only if they use it.");
    }

    [Test]
    public void AnOutputStrideThatNoStageHasIsRefused() => Refused(Small with { OutputStride = 4 }, "ResNet: OutputStride=4 was given; expected 8, 16 or 32.");

    [Test]
    public void PreActivationBlocksHaveNoAttention() => Refused(ResNetVariants.Get("resnetv2_18") with { SqueezeReduction = 16 },
        "ResNet: attention or anti-aliasing was given; blocks of pre-activation networks and of networks for faces have neither.");

    private static void Refused(ResNetConfig config, string message) =>
        Assert.That(() => new ResNet(config), Throws.ArgumentException.With.Message.EqualTo(message));
}
