namespace ResNetManaged.Layers;

/// <summary>Calls on modules that return the module in its own type, so that they can be chained.</summary>
public static class ModuleExtensions
{
    /// <summary>Switches to training mode: batch norm uses the batch's statistics and updates the running ones.</summary>
    /// <typeparam name="T">The module's type.</typeparam>
    /// <param name="module">The module.</param>
    /// <param name="mode">True for training; false for evaluation.</param>
    /// <returns>The module itself.</returns>
    public static T Train<T>(this T module, bool mode = true) where T : Module
    {
        ArgumentNullException.ThrowIfNull(module);
        module.SetTraining(mode);
        return module;
    }

    /// <summary>Switches to evaluation mode: batch norm uses the running statistics, and nothing changes.</summary>
    /// <typeparam name="T">The module's type.</typeparam>
    /// <param name="module">The module.</param>
    /// <returns>The module itself.</returns>
    public static T Eval<T>(this T module) where T : Module => module.Train(false);
}
