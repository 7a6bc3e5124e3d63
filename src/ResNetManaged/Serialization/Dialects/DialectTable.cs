namespace ResNetManaged.Serialization.Dialects;

/// <summary>Every rule by which checkpoints of other programs are read, as data.</summary>
/// <remarks>docs/bring-your-network.md prints these tables, and a test compares the two.</remarks>
internal static class DialectTable
{
    /// <summary>The dialect that this library reads without translation.</summary>
    public const string Torchvision = "torchvision";

    /// <summary>In the order of preference.</summary>
    public static IReadOnlyList<ContainerRule> Containers { get; } =
    [
        new("state_dict", "Lightning, OpenMMLab, timm and most scripts"),
        new("model_state_dict", "PyTorch's tutorials"),
        new("model", "torchvision's references, Detectron2"),
        new("net", "CIFAR repositories"),
        new("network", "scripts"),
        new("weights", "scripts"),
        new("params", "scripts"),
        new("blobs", "Detectron"),
        new("checkpoint", "scripts that nest a checkpoint"),
        new("teacher", "DINO, which evaluates its teacher"),
        new("student", "DINO"),
        new("state_dict_ema", "timm", IsAverage: true),
        new("model_ema", "torchvision's references", IsAverage: true),
        new("ema_state_dict", "scripts", IsAverage: true),
        new("ema", "scripts", IsAverage: true),
    ];

    /// <summary>The containers in the order of preference if a moving average is wanted, or if it is not.</summary>
    public static IEnumerable<ContainerRule> ContainersFor(bool average) =>
        average ? Containers.OrderByDescending(rule => rule.IsAverage) : Containers;

    public static IReadOnlyList<PrefixRule> Prefixes { get; } =
    [
        new("module.", "DataParallel, DistributedDataParallel, DeepSpeed, AveragedModel"),
        new("_orig_mod.", "torch.compile"),
        new("_fsdp_wrapped_module.", "FullyShardedDataParallel"),
        new("_forward_module.", "Lightning Fabric"),
        new("model.", "Lightning modules"),
        new("net.", "Lightning modules"),
        new("network.", "Lightning modules"),
        new("backbone.", "OpenMMLab, DINO, Barlow Twins, VICReg"),
        new("encoder.", "Lightning modules, contrastive learning"),
        new("feature_extractor.", "Lightning modules"),
        new("resnet.", "transformers"),
        new("body.", "torchvision's detectors"),
        new("encoder_q.", "MoCo v1 and v2") { HasProjection = true },
        new("base_encoder.", "MoCo v3") { HasProjection = true },
        new("encoder_k.", "MoCo v1 and v2: the momentum encoder") { IsCopy = true, HasProjection = true },
        new("momentum_encoder.", "MoCo v3: the momentum encoder") { IsCopy = true, HasProjection = true },
        new("ema_model.", "a moving average beside the weights") { IsCopy = true },
        new("model_ema.", "a moving average beside the weights") { IsCopy = true },
    ];

    public static IReadOnlyList<Dialect> Dialects { get; } =
    [
        new(Torchvision,
            "torchvision, timm, DINO, Barlow Twins, VICReg, SwAV, MoCo, OpenMMLab, places365, insightface, akamaster and kuangliu on CIFAR-10",
            ["conv1.weight", "conv1.0.weight"]),
        new("pre-activation", "timm's resnetv2_* and Big Transfer", ["stem.conv.weight", "stem.conv1.weight"]),
        new("article", "this library's textbook_* networks", ["layer1.0.weight"]),
        new("conv/bn", "CIFAR repositories whose stem is not numbered", ["conv.weight"],
            new("conv.*", "conv1.*"),
            new("bn.*", "bn1.*")),
        new("transformers", "Hugging Face's ResNetForImageClassification and ResNetModel", ["embedder.embedder.convolution.weight"],
            new("embedder.embedder.convolution.*", "conv1.*"),
            new("embedder.embedder.normalization.*", "bn1.*"),
            new("encoder.stages.{s}.layers.{b}.shortcut.convolution.*", "layer{s+1}.{b}.downsample.0.*"),
            new("encoder.stages.{s}.layers.{b}.shortcut.normalization.*", "layer{s+1}.{b}.downsample.1.*"),
            new("encoder.stages.{s}.layers.{b}.layer.{i}.convolution.*", "layer{s+1}.{b}.conv{i+1}.*"),
            new("encoder.stages.{s}.layers.{b}.layer.{i}.normalization.*", "layer{s+1}.{b}.bn{i+1}.*")),
        new("Caffe2", "Detectron and Detectron2's converted ImageNet models", ["conv1_w"],
            new("conv1_w", "conv1.weight"),
            new("res_conv1_bn_s", "bn1.weight"),
            new("res_conv1_bn_b", "bn1.bias"),
            new("res{s}_{b}_branch2a_w", "layer{s-1}.{b}.conv1.weight"),
            new("res{s}_{b}_branch2a_bn_s", "layer{s-1}.{b}.bn1.weight"),
            new("res{s}_{b}_branch2a_bn_b", "layer{s-1}.{b}.bn1.bias"),
            new("res{s}_{b}_branch2b_w", "layer{s-1}.{b}.conv2.weight"),
            new("res{s}_{b}_branch2b_bn_s", "layer{s-1}.{b}.bn2.weight"),
            new("res{s}_{b}_branch2b_bn_b", "layer{s-1}.{b}.bn2.bias"),
            new("res{s}_{b}_branch2c_w", "layer{s-1}.{b}.conv3.weight"),
            new("res{s}_{b}_branch2c_bn_s", "layer{s-1}.{b}.bn3.weight"),
            new("res{s}_{b}_branch2c_bn_b", "layer{s-1}.{b}.bn3.bias"),
            new("res{s}_{b}_branch1_w", "layer{s-1}.{b}.downsample.0.weight"),
            new("res{s}_{b}_branch1_bn_s", "layer{s-1}.{b}.downsample.1.weight"),
            new("res{s}_{b}_branch1_bn_b", "layer{s-1}.{b}.downsample.1.bias"),
            new("pred_w", "fc.weight"),
            new("pred_b", "fc.bias"))
        {
            StridesInFirstConvolution = true,
            HasFoldedStatistics = true,
            Preset = new() { Std = new(1 / 255f, 1 / 255f, 1 / 255f) },
            ReadsBgr = true,
        },
    ];

    public static IReadOnlyList<HeadRule> Heads { get; } =
    [
        new("fc", "torchvision and timm; also fc.1 of Sequential(Dropout, Linear)"),
        new("linear", "CIFAR repositories"),
        new("head", "OpenMMLab (head.fc), Lightning modules"),
        new("classifier", "transformers (classifier.1), Lightning modules"),
        new("last_linear", "Cadene's pretrained models"),
    ];

    public static IReadOnlyList<DropRule> Dropped { get; } =
    [
        Drop("n_averaged", "AveragedModel (SWA): the number of averaged models"),
        Drop("queue*", "MoCo: the queue of negatives"),
        Drop("projection_head.*", "SwAV"),
        Drop("prototypes.*", "SwAV"),
        Drop("projector.*", "Barlow Twins, VICReg, SimCLR"),
        Drop("predictor.*", "MoCo v3, BYOL, SimSiam"),
        Drop("neck.*", "OpenMMLab"),
        new(NamePattern.Parse("bn.*"), "Barlow Twins: the loss's batch norm", OutsideOnly: true),
        Drop("fpn.*", "torchvision's detectors"),
        Drop("rpn.*", "torchvision's detectors"),
        Drop("roi_heads.*", "torchvision's detectors"),
        Drop("rpn_head.*", "OpenMMLab's detectors"),
        Drop("roi_head.*", "OpenMMLab's detectors"),
        Drop("bbox_head.*", "OpenMMLab's detectors"),
        Drop("mask_head.*", "OpenMMLab's detectors"),
        Drop("criterion*", "Lightning modules: losses"),
        Drop("loss*", "Lightning modules: losses"),
        Drop("*_loss.*", "Lightning modules: losses"),
        Drop("*metric*", "Lightning modules: metrics"),
        Drop("*accuracy*", "Lightning modules: metrics"),
        Drop("*_acc.*", "Lightning modules: metrics"),
        Drop("*confmat*", "Lightning modules: metrics"),
        Drop("*_momentum", "Detectron: the optimizer's state"),
    ];

    private static DropRule Drop(string pattern, string source) => new(NamePattern.Parse(pattern), source);
}
