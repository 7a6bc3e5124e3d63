using ResNetManaged.Kernels.Optimizers;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Layers.State;
using ResNetManaged.Tensors;
using ResNetManaged.Training.Runs;
using ResNetManaged.Training.Schedules;

namespace ResNetManaged.Training.Optimizers;

/// <summary>Updates parameters in place from their gradients, step by step. Derive from it to write an optimizer.</summary>
/// <remarks>
/// A derived class names its buffers in the constructor and computes new weights in <see cref="Update"/>; buffers start at 0 and are saved and restored
/// with checkpoints. A step is one pass over the parameters, on several threads, and allocates nothing. Not thread-safe; nothing else may use the
/// parameters during a step.
/// </remarks>
public abstract class Optimizer
{
    private const string StepsName = "steps";

    private readonly Slot[] _slots;
    private readonly string[] _stateNames;
    private readonly ArrayTeam _team;
    private int _threads;
    private GradientSet? _gradients; // during a step
    private ScheduleValue _schedule;

    /// <summary>Allocates the buffers: for each name as much memory as the parameters take.</summary>
    /// <param name="groups">The parameters to update.</param>
    /// <param name="options">Threads and vector width; null for <see cref="ExecutionOptions.Default"/>. A <see cref="Trainer"/> applies its own.</param>
    /// <param name="stateNames">The names of each parameter's buffers, such as <c>momentum_buffer</c>; none for an optimizer without state.</param>
    /// <exception cref="ArgumentException">There are no parameters; a parameter, its path, or a buffer's name occurs twice; or a name is empty.</exception>
    protected Optimizer(IEnumerable<ParameterGroup> groups, ExecutionOptions? options = null, params string[] stateNames)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(stateNames);
        if (stateNames.Any(string.IsNullOrEmpty) || stateNames.Distinct(StringComparer.Ordinal).Count() < stateNames.Length)
        {
            throw new ArgumentException(
                $"{GetType().Name}: the buffers are named [{string.Join(", ", stateNames)}]; expected distinct names that are not empty.", nameof(stateNames));
        }
        _stateNames = [.. stateNames];
        _slots = [.. groups.SelectMany(group => group.Parameters.Select(named => new Slot(named.Path, named.Parameter, group, stateNames.Length)))];
        CheckDistinct();
        Use(options ?? ExecutionOptions.Default);
        _team = new ArrayTeam(_slots.Select(slot => slot.Parameter.Shape.ElementCount), UpdatePart);
    }

    /// <summary>The number of steps taken, including those before resuming.</summary>
    public long Steps { get; private set; }

    /// <summary>Whether a schedule may set the momentum of a step; false unless overridden.</summary>
    protected virtual bool HasMomentum => false;

    /// <summary>The vector width.</summary>
    private protected SimdPath Simd { get; private set; }

    /// <summary>Takes one step with the optimizer's own momentum.</summary>
    /// <param name="gradients">The gradients; only read.</param>
    /// <param name="learningRate">The learning rate, finite and at least 0; each group multiplies it by its factor.</param>
    /// <exception cref="ArgumentOutOfRangeException">The learning rate is negative or not finite; nothing was changed.</exception>
    /// <exception cref="ArgumentException">A parameter has no gradient; nothing was changed.</exception>
    public void Step(GradientSet gradients, double learningRate) => Step(gradients, new ScheduleValue(learningRate));

    /// <summary>Takes one step.</summary>
    /// <param name="gradients">The gradients; only read.</param>
    /// <param name="schedule">The learning rate, which each group multiplies by its factor, and the momentum.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The learning rate is negative or not finite, or the momentum is not at least 0 and below 1; nothing was changed.
    /// </exception>
    /// <exception cref="ArgumentException">A parameter has no gradient, or this optimizer has no momentum to set; nothing was changed.</exception>
    public void Step(GradientSet gradients, ScheduleValue schedule)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        Require.FiniteNotNegative(schedule.LearningRate, nameof(schedule.LearningRate));
        if (schedule.Momentum is double momentum) CheckMomentum(momentum);
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
    /// The state to resume from: <c>steps</c>, two numbers that count 2^24 and 1, and each parameter's buffers as <c>PATH.NAME</c>, with the names
    /// of PyTorch's optimizers. The tensors are not copies: save them before the next step.
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
    /// <param name="state">What <see cref="StateDict"/> returned for an optimizer of this kind and parameters of the same paths and shapes.</param>
    /// <exception cref="StateDictMismatchException">
    /// A name is missing or unexpected, a shape differs, or the number of steps is invalid; nothing was changed.
    /// </exception>
    public void LoadStateDict(StateDict state)
    {
        StateDict target = StateDict();
        SavedState.Check(GetType().Name, state, target);
        long steps = SavedState.ToCount(GetType().Name, state, StepsName);
        SavedState.Copy(state, target);
        Steps = steps;
    }

    /// <summary>
    /// The optimizer and its settings; by default the type's name. A run can be resumed only with an optimizer that returns the same text.
    /// </summary>
    public override string ToString() => GetType().Name;

    /// <summary>Updates part of a parameter. Called on several threads at once, for parts of any length, so an element must not depend on another.</summary>
    /// <param name="update">The weights to change, their gradient and buffers, and the settings of the step, which <see cref="Steps"/> already counts.</param>
    protected abstract void Update(in ParameterUpdate update);

    /// <summary>Replaces the threads and the vector width.</summary>
    internal void Use(ExecutionOptions options)
    {
        _threads = options.Threads;
        Simd = SimdDispatch.Resolve(options.Simd);
    }

    private void UpdatePart(int index, int start, int count)
    {
        Slot slot = _slots[index];
        ReadOnlySpan<float> gradient = _gradients![slot.Parameter].Slice(start, count);
        Update(new ParameterUpdate(slot.Group, _schedule, slot.Elements.AsSpan(start, count), gradient, slot.State, start));
    }

    private void CheckMomentum(double momentum)
    {
        Require.Decay(momentum, nameof(ScheduleValue.Momentum));
        if (!HasMomentum)
            throw new ArgumentException($"{GetType().Name}: the schedule sets the momentum to {momentum}, but this optimizer was made without momentum.");
    }

    private void CheckDistinct()
    {
        HashSet<Parameter> parameters = [];
        HashSet<string> paths = [];
        foreach (Slot slot in _slots)
        {
            if (!parameters.Add(slot.Parameter) || !paths.Add(slot.Path))
                throw new ArgumentException($"{GetType().Name}: parameter '{slot.Path}', or its path, occurs twice.");
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
