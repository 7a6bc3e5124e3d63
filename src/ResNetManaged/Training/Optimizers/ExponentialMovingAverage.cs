using ResNetManaged.Kernels.Optimizers;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Layers;
using ResNetManaged.Layers.State;
using ResNetManaged.Tensors;
using ResNetManaged.Training.Runs;

namespace ResNetManaged.Training.Optimizers;

/// <summary>An average of a module's state over the steps of training, which often classifies better than the state itself.</summary>
/// <remarks>
/// After each step: average += (1 - decay) * (value - average) (Polyak and Juditsky 1992; <c>torch.optim.swa_utils.get_ema_multi_avg_fn</c>, timm's
/// <c>ModelEma</c>). As in timm, it covers parameters and the running mean and variance of batch norms, so that the statistics match the averaged weights;
/// the scalar <c>num_batches_tracked</c> is copied. It starts from the module's state at construction. Not thread-safe.
/// </remarks>
internal sealed class ExponentialMovingAverage
{
    internal const string UpdatesName = "updates", AveragePrefix = "average.";

    private readonly Module _module;
    private readonly Entry[] _entries; // each tensor once, though a shared one has several paths
    private readonly Dictionary<StateTensor, Entry> _byTensor = [];
    private readonly ArrayTeam _team;
    private readonly int _threads;
    private readonly SimdPath _simd;
    private float _share; // of the new values, during an update
    private bool _swapped;

    /// <summary>Copies the module's state, which takes as much memory again.</summary>
    /// <param name="module">The module.</param>
    /// <param name="decay">The share of the average that an update keeps, at least 0 and below 1, such as 0.999.</param>
    /// <param name="warmUp">
    /// Whether the first updates keep less, min(decay, (1 + t) / (10 + t)) after t updates, so that the initial weights are soon forgotten; false by default.
    /// </param>
    /// <param name="options">Threads and vector width; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The decay is negative, or 1 or more.</exception>
    public ExponentialMovingAverage(Module module, double decay, bool warmUp = false, ExecutionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        _module = module;
        Decay = Require.Decay(decay, nameof(decay));
        WarmUp = warmUp;
        foreach ((_, StateTensor tensor) in module.NamedState())
        {
            if (!_byTensor.ContainsKey(tensor)) _byTensor.Add(tensor, new Entry(tensor));
        }
        _entries = [.. _byTensor.Values];
        options ??= ExecutionOptions.Default;
        _threads = options.Threads;
        _simd = SimdDispatch.Resolve(options.Simd);
        _team = new ArrayTeam(_entries.Select(entry => entry.Average.ElementCount), UpdatePart);
    }

    /// <summary>The share of the average that an update keeps.</summary>
    public double Decay { get; }

    /// <summary>Whether the first updates keep less.</summary>
    public bool WarmUp { get; }

    /// <summary>The number of updates, including those before resuming.</summary>
    public long Updates { get; private set; }

    /// <summary>Adds the module's current state to the average. Call it after each step. Allocates nothing.</summary>
    /// <exception cref="InvalidOperationException">The averages are swapped in.</exception>
    public void Update()
    {
        if (_swapped) throw new InvalidOperationException("ExponentialMovingAverage: Update() while the averages are swapped in; swap them out first.");
        double decay = WarmUp ? Math.Min(Decay, (1.0 + Updates) / (10.0 + Updates)) : Decay;
        _share = (float)(1 - decay);
        foreach (Entry entry in _entries)
        {
            entry.Source = entry.Tensor.Value.Buffer;
            entry.Target = entry.Average.BufferForWriting;
        }
        _team.Run(_threads);
        Updates++;
    }

    /// <summary>Puts the averages into the module, for validation or saving, until the result is disposed. Copies nothing.</summary>
    /// <returns>Swaps the module's own state back in when disposed.</returns>
    /// <exception cref="InvalidOperationException">The averages are already swapped in.</exception>
    public IDisposable SwapIn()
    {
        if (_swapped) throw new InvalidOperationException("ExponentialMovingAverage: the averages are already swapped in.");
        return new Swapped(this);
    }

    /// <summary>The averages under the paths of <see cref="Module.StateDict"/>. The tensors are not copies.</summary>
    /// <returns>A state dict of the module.</returns>
    public StateDict AveragedStateDict()
    {
        StateDict state = new();
        foreach ((string path, StateTensor tensor) in _module.NamedState()) state.Add(path, _byTensor[tensor].Average);
        return state;
    }

    /// <summary>
    /// The state to resume from: <c>updates</c>, two numbers that count 2^24 and 1, and the averages as <c>average.PATH</c>. The tensors are not copies: save
    /// them before the next update.
    /// </summary>
    /// <returns>The state.</returns>
    public StateDict StateDict()
    {
        StateDict state = new();
        state.Add(UpdatesName, SavedState.OfCount(Updates));
        foreach ((string path, Tensor average) in AveragedStateDict()) state.Add(AveragePrefix + path, average);
        return state;
    }

    /// <summary>Continues from a saved state, bit for bit. The elements are copied.</summary>
    /// <param name="state">What <see cref="StateDict"/> returned for a module of the same paths and shapes.</param>
    /// <exception cref="StateDictMismatchException">
    /// A name is missing or unexpected, a shape differs, or the number of updates is invalid; nothing was changed.
    /// </exception>
    public void LoadStateDict(StateDict state)
    {
        StateDict target = StateDict();
        SavedState.Check(nameof(ExponentialMovingAverage), state, target);
        long updates = SavedState.ToCount(nameof(ExponentialMovingAverage), state, UpdatesName);
        SavedState.Copy(state, target);
        Updates = updates;
    }

    private void UpdatePart(int index, int start, int count)
    {
        Entry entry = _entries[index];
        ReadOnlySpan<float> source = entry.Source.AsSpan(start, count);
        Span<float> target = entry.Target.AsSpan(start, count);
        if (entry.IsCounter) source.CopyTo(target);
        else AverageUpdate.Run(_share, source, target, _simd);
    }

    /// <summary>A tensor of the module, its average, and during an update the elements of both.</summary>
    private sealed class Entry(StateTensor tensor)
    {
        public StateTensor Tensor => tensor;

        public Tensor Average { get; } = tensor.Value.Clone();

        public bool IsCounter => tensor is not Parameter && tensor.Shape.Rank == 0;

        public float[] Source { get; set; } = [];

        public float[] Target { get; set; } = [];
    }

    /// <summary>Keeps the module's own state and restores it, once.</summary>
    private sealed class Swapped : IDisposable
    {
        private readonly Tensor[] _own;
        private ExponentialMovingAverage? _average;

        public Swapped(ExponentialMovingAverage average)
        {
            _average = average;
            _own = [.. average._entries.Select(entry => entry.Tensor.Value)];
            foreach (Entry entry in average._entries) entry.Tensor.Value = entry.Average;
            average._swapped = true;
        }

        public void Dispose()
        {
            if (_average is null) return;
            for (int i = 0; i < _own.Length; i++) _average._entries[i].Tensor.Value = _own[i];
            _average._swapped = false;
            _average = null;
        }
    }
}
