using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Onnx.Model;
using ResNetManaged.Serialization;
using ResNetManaged.Serialization.Folders;

namespace ResNetManaged.Onnx;

/// <summary>Class names and preprocessing of ONNX files: in their metadata, as in our checkpoints, or in JSON files beside them.</summary>
internal static class OnnxMetadata
{
    /// <summary>Gives a network what is known of its classes and its preprocessing.</summary>
    /// <param name="network">The network.</param>
    /// <param name="folder">The folder of its file; null for none.</param>
    /// <param name="metadata">What its file says; null for the metadata of the ONNX model.</param>
    public static void Find(OnnxNetwork network, string? folder, IReadOnlyDictionary<string, string>? metadata = null)
    {
        OnnxModel model = network.Program.Model;
        StateDict said = new() { Source = model.File, Metadata = metadata ?? model.Metadata };
        network.ClassNames = CheckpointClasses.Find(said, network.NumClasses, out string? fault);
        network.Preset = CheckpointPreset.Find(said);
        foreach (string? place in (string?[])[folder, folder is null ? null : Path.GetDirectoryName(folder)])
        {
            if (place is not null && ModelFolder.Describe(network, place, JsonFile.Find(place, ModelFolder.Config))) break;
        }
        network.Origin = new CheckpointOrigin
        {
            File = model.File,
            Dialect = $"ONNX, {model.Producer}".TrimEnd(' ', ','),
            Head = network.HeadName,
            Notes = fault is null ? network.Program.Notes : [.. network.Program.Notes, fault],
        };
    }

    /// <summary>The metadata that says the same in a file that is written.</summary>
    public static Dictionary<string, string> Of(ImageNetwork model)
    {
        Dictionary<string, string> metadata = [];
        if (model.ClassNames is { } names) metadata.Add(CheckpointClasses.MetadataName, CheckpointClasses.Compose(names));
        if (model.Preset is { } preset) metadata.Add(CheckpointPreset.MetadataName, CheckpointPreset.Compose(preset));
        return metadata;
    }
}
