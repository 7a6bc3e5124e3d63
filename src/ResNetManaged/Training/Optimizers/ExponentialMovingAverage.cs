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
/// <c>ModelEma</c>). As in timm it covers parameters and batch norm's running mean and variance, which thus belong to the averaged weights; scalars,
/// <c>num_batches_tracked</c>, are copied. It starts as the module's state at construction. It is for one caller at a time.
/// </remarks>
public sealed class ExponentialMovingAverage
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

    /// <summary>Copies the module's state: as much memory again.</summary>
    /// <param name="module">The module.</param>
    /// <param name="decay">What an update keeps of the average, from 0 to below 1; 0.999, say.</param>
    /// <param name="warmUp">
    /// Whether the first updates keep less, min(decay, (1 + t) / (10 + t)) with t updates before, so that the start is soon forgotten; false by default.
    /// </param>
    /// <param name="options">Threads and vector width; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The decay is not from 0 to below 1.</exception>
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

    /// <summary>What an update keeps of the average.</summary>
    public double Decay { get; }

    /// <summary>Whether the first updates keep less.</summary>
    public bool WarmUp { get; }

    /// <summary>How many updates were made, those before resuming included.</summary>
    public long Updates { get; private set; }

    /// <summary>Takes the module's state as it is now into the average: to be called after each step. Allocates nothing.</summary>
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

    /// <summary>Puts the averages into the module, for validation or saving, until the result is disposed of. Copies nothing.</summary>
    /// <returns>What swaps them out.</returns>
    /// <exception cref="InvalidOperationException">They are swapped in already.</exception>
    public IDisposable SwapIn()
    {
        if (_swapped) throw new InvalidOperationException("ExponentialMovingAverage: the averages are swapped in already.");
        return new Swapped(this);
    }

    /// <summary>The averages under the module's paths, as <see cref="Module.StateDict"/> gives them: the tensors themselves, not copies.</summary>
    /// <returns>A state dict of the module.</returns>
    public StateDict AveragedStateDict()
    {
        StateDict state = new();
        foreach ((string path, StateTensor tensor) in _module.NamedState()) state.Add(path, _byTensor[tensor].Average);
        return state;
    }

    /// <summary>
    /// What resuming needs: <c>updates</c>, two numbers that count 2^24 and 1, and the averages as <c>average.PATH</c>. The tensors themselves, not copies:
    /// save them before the next update.
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
    /// <param name="state">What <see cref="StateDict"/> gave for a module of the same paths and shapes.</param>
    /// <exception cref="StateDictMismatchException">A name is missing or not expected, a shape differs, or a count is none; nothing was changed.</exception>
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

    /// <summary>Remembers the module's own state and puts it back, once.</summary>
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
