using ResNetManaged.Kernels.Optimizers;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Layers.State;
using ResNetManaged.Tensors;
using ResNetManaged.Training.Runs;
using ResNetManaged.Training.Schedules;

namespace ResNetManaged.Training.Optimizers;

/// <summary>Changes parameters in place, step by step, by their gradients.</summary>
/// <remarks>
/// A step is one pass over each parameter, vectorized, and allocates nothing. Its results do not depend on the number of threads. It is for one caller at
/// a time, and while it runs nobody else may use the parameters.
/// </remarks>
public abstract class Optimizer
{
    private const string StepsName = "steps";

    private readonly Slot[] _slots;
    private readonly string[] _stateNames;
    private readonly ArrayTeam _team;
    private readonly int _threads;
    private GradientSet? _gradients; // during a step
    private ScheduleValue _schedule;

    /// <summary>Takes the memory of the state: as much as the parameters for each name.</summary>
    private protected Optimizer(IEnumerable<ParameterGroup> groups, ExecutionOptions? options, params string[] stateNames)
    {
        ArgumentNullException.ThrowIfNull(groups);
        Groups = [.. groups];
        _stateNames = stateNames;
        _slots = [.. Groups.SelectMany(group => group.Parameters.Select(named => new Slot(named.Path, named.Parameter, group, stateNames.Length)))];
        CheckDistinct();
        options ??= ExecutionOptions.Default;
        _threads = options.Threads;
        Simd = SimdDispatch.Resolve(options.Simd);
        _team = new ArrayTeam(_slots.Select(slot => slot.Parameter.Shape.ElementCount), UpdatePart);
    }

    /// <summary>The groups, in the order given.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>How many steps were made, those before resuming included.</summary>
    public long Steps { get; private set; }

    /// <summary>The vector width.</summary>
    private protected SimdPath Simd { get; }

    /// <summary>Makes one step with the optimizer's own momentum.</summary>
    /// <param name="gradients">The gradients; read only.</param>
    /// <param name="learningRate">The learning rate, finite and at least 0; each group multiplies it by its factor.</param>
    /// <exception cref="ArgumentOutOfRangeException">The learning rate is negative or not finite; nothing was changed.</exception>
    /// <exception cref="ArgumentException">A parameter has no gradient; nothing was changed.</exception>
    public void Step(GradientSet gradients, double learningRate) => Step(gradients, new ScheduleValue(learningRate));

    /// <summary>Makes one step.</summary>
    /// <param name="gradients">The gradients; read only.</param>
    /// <param name="schedule">The learning rate, which each group multiplies by its factor, and the momentum.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The learning rate is negative or not finite, or the momentum is not from 0 to below 1; nothing was changed.
    /// </exception>
    /// <exception cref="ArgumentException">A parameter has no gradient, or this optimizer has no momentum to set; nothing was changed.</exception>
    public void Step(GradientSet gradients, ScheduleValue schedule)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        Require.FiniteNotNegative(schedule.LearningRate, nameof(schedule.LearningRate));
        if (schedule.Momentum is double momentum) CheckMomentum(Require.Decay(momentum, nameof(schedule.Momentum)));
        foreach (Slot slot in _slots)
        {
            if (!gradients.Contains(slot.Parameter))
                throw new ArgumentException($"{GetType().Name}: parameter '{slot.Path}' has no gradient.", nameof(gradients));
        }
        foreach (Slot slot in _slots) slot.Elements = slot.Parameter.Value.BufferForWriting;
        Steps++;
        (_gradients, _schedule) = (gradients, schedule);
        _team.Run(_threads);
        _gradients = null;
    }

    /// <summary>
    /// What resuming needs: <c>steps</c>, two numbers that count 2^24 and 1, and for each parameter its buffers as <c>PATH.NAME</c>, with the names
    /// that PyTorch's optimizers use. The tensors themselves, not copies: save them before the next step.
    /// </summary>
    /// <returns>The state.</returns>
    public StateDict StateDict()
    {
        StateDict state = new();
        state.Add(StepsName, SavedState.OfCount(Steps));
        foreach (Slot slot in _slots)
        {
            for (int i = 0; i < _stateNames.Length; i++)
                state.Add($"{slot.Path}.{_stateNames[i]}", Tensor.FromArray(slot.State[i], slot.Parameter.Shape));
        }
        return state;
    }

    /// <summary>Continues from a saved state, bit for bit. The elements are copied.</summary>
    /// <param name="state">What <see cref="StateDict"/> gave, of an optimizer of this kind for parameters of the same paths and shapes.</param>
    /// <exception cref="StateDictMismatchException">A name is missing or not expected, a shape differs, or a count is none; nothing was changed.</exception>
    public void LoadStateDict(StateDict state)
    {
        StateDict target = StateDict();
        SavedState.Check(GetType().Name, state, target);
        long steps = SavedState.ToCount(GetType().Name, state, StepsName);
        SavedState.Copy(state, target);
        Steps = steps;
    }

    /// <summary>Whether a schedule may set the momentum: throws where this optimizer has none.</summary>
    private protected virtual void CheckMomentum(double momentum) { }

    /// <summary>Updates a part of a parameter; called on several threads at once.</summary>
    /// <param name="group">The parameter's group.</param>
    /// <param name="schedule">What to use in this step, which <see cref="Steps"/> counts already.</param>
    /// <param name="gradient">The gradient of the part.</param>
    /// <param name="weight">The part.</param>
    /// <param name="state">The parameter's buffers by name, all of them.</param>
    /// <param name="start">Where in the buffers the part starts.</param>
    private protected abstract void Update(ParameterGroup group, ScheduleValue schedule, ReadOnlySpan<float> gradient, Span<float> weight,
        ReadOnlySpan<float[]> state, int start);

    private void UpdatePart(int index, int start, int count)
    {
        Slot slot = _slots[index];
        Update(slot.Group, _schedule, _gradients![slot.Parameter].Slice(start, count), slot.Elements.AsSpan(start, count), slot.State, start);
    }

    private void CheckDistinct()
    {
        HashSet<Parameter> parameters = [];
        HashSet<string> paths = [];
        foreach (Slot slot in _slots)
        {
            if (!parameters.Add(slot.Parameter) || !paths.Add(slot.Path))
                throw new ArgumentException($"{GetType().Name}: parameter '{slot.Path}', or its path, is there twice.");
        }
        if (_slots.Length == 0) throw new ArgumentException($"{GetType().Name}: there are no parameters to change.");
    }

    /// <summary>A parameter, its buffers, and during a step its elements.</summary>
    private sealed class Slot(string path, Parameter parameter, ParameterGroup group, int buffers)
    {
        public string Path => path;

        public Parameter Parameter => parameter;

        public ParameterGroup Group => group;

        public float[][] State { get; } = [.. Enumerable.Range(0, buffers).Select(_ => new float[parameter.Shape.ElementCount])];

        public float[] Elements { get; set; } = [];
    }
}
