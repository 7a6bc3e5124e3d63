using ResNetManaged.Preprocessing;

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
        new("module", "DeepSpeed, and moving averages that are stored as a dict"),
        new("state_dict_ema", "timm", IsAverage: true),
        new("model_ema", "torchvision's references", IsAverage: true),
        new("ema_state_dict", "scripts", IsAverage: true),
        new("ema_model", "scripts", IsAverage: true),
        new("ema_model_state_dict", "scripts", IsAverage: true),
        new("model_ema_state_dict", "scripts", IsAverage: true),
        new("ema", "scripts", IsAverage: true),
        new("shadow", "averages that scripts keep themselves", IsAverage: true),
    ];

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
        new("bottom_up.", "Detectron2's detectors"),
        new("encoder_q.", "MoCo v1 and v2") { HasProjection = true },
        new("base_encoder.", "MoCo v3") { HasProjection = true },
        new("encoder_k.", "MoCo v1 and v2: the momentum encoder") { IsCopy = true, HasProjection = true },
        new("momentum_encoder.", "MoCo v3: the momentum encoder") { IsCopy = true, HasProjection = true },
        new("ema_model.", "a moving average beside the weights") { IsCopy = true },
        new("model_ema.", "a moving average beside the weights") { IsCopy = true },
        new("ema.", "a moving average beside the weights") { IsCopy = true },
    ];

    public static IReadOnlyList<Dialect> Dialects { get; } =
    [
        new(Torchvision,
            "torchvision, timm, DINO, Barlow Twins, VICReg, SwAV, MoCo, OpenMMLab, places365, insightface, akamaster and kuangliu on CIFAR-10",
            ["conv1.weight", "conv1.0.weight"], "layer1.0.conv1.weight"),
        new("pre-activation", "timm's resnetv2_* and Big Transfer", ["stem.conv.weight", "stem.conv1.weight"], "stages.0.blocks.0.conv1.weight")
        {
            SharesAnchor = true,
        },
        new("article", "this library's textbook_* networks", ["layer1.0.weight"], "layer2_x.0.fit_.0.0.weight"),
        new("conv/bn", "CIFAR repositories whose stem is not numbered", ["conv.weight"], "layer1.0.conv1.weight",
            new("conv.*", "conv1.*"),
            new("bn.*", "bn1.*")),
        new("transformers", "Hugging Face's ResNetForImageClassification and ResNetModel", ["embedder.embedder.convolution.weight"],
            "encoder.stages.0.layers.0.layer.0.convolution.weight",
            new("embedder.embedder.convolution.*", "conv1.*"),
            new("embedder.embedder.normalization.*", "bn1.*"),
            new("encoder.stages.{s}.layers.{b}.shortcut.convolution.*", "layer{s+1}.{b}.downsample.0.*"),
            new("encoder.stages.{s}.layers.{b}.shortcut.normalization.*", "layer{s+1}.{b}.downsample.1.*"),
            new("encoder.stages.{s}.layers.{b}.layer.{i}.convolution.*", "layer{s+1}.{b}.conv{i+1}.*"),
            new("encoder.stages.{s}.layers.{b}.layer.{i}.normalization.*", "layer{s+1}.{b}.bn{i+1}.*")),
        new("Detectron2", "Detectron2's networks and detectors", ["stem.conv1.weight"], "res2.0.conv1.weight",
            new("stem.conv1.weight", "conv1.weight"),
            new("stem.conv1.norm.*", "bn1.*"),
            new("res{s}.{b}.conv{i}.weight", "layer{s-1}.{b}.conv{i}.weight"),
            new("res{s}.{b}.conv{i}.norm.*", "layer{s-1}.{b}.bn{i}.*"),
            new("res{s}.{b}.shortcut.weight", "layer{s-1}.{b}.downsample.0.weight"),
            new("res{s}.{b}.shortcut.norm.*", "layer{s-1}.{b}.downsample.1.*"))
        {
            SharesAnchor = true,
            StridesInFirstConvolution = true,
            Preset = Detectron,
            GroupedPreset = ImagePreset.ImageNet,
            ReadsBgr = true,
            Assumption = "its file does not say where the network strides or dilates, nor how pictures are prepared; Detectron2's defaults were taken",
        },
        new("Caffe2", "Detectron and Detectron2's converted ImageNet models", ["conv1_w"], "res2_0_branch2a_w",
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
            Preset = Detectron,
            GroupedPreset = ImagePreset.ImageNet,
            ReadsBgr = true,
        },
    ];

    /// <summary>Pixels of 0 to 255 less their mean.</summary>
    private static ImagePreset Detectron => new() { Std = new(1 / 255f, 1 / 255f, 1 / 255f) };

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
        Drop("fpn_lateral*", "Detectron2's detectors"),
        Drop("fpn_output*", "Detectron2's detectors"),
        Drop("top_block.*", "Detectron2's detectors"),
        Drop("proposal_generator.*", "Detectron2's detectors"),
        Drop("sem_seg_head.*", "Detectron2's detectors"),
        Drop("anchor_generator.*", "Detectron2's detectors"),
        Drop("pixel_mean", "Detectron2's detectors: the mean of pictures"),
        Drop("pixel_std", "Detectron2's detectors: the deviation of pictures"),
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
