using ResNetManaged.Training.Schedules;

namespace ResNetManaged.Training;

/// <summary>How the learning rate changes over a run.</summary>
public enum LearningRateShape
{
    /// <summary>Up and down again, along cosines: <see cref="LearningRateSchedule.OneCycle"/>.</summary>
    OneCycle,

    /// <summary>Down to 0 along half a cosine: <see cref="LearningRateSchedule.Cosine"/>.</summary>
    Cosine,

    /// <summary>
    /// Divided by 10 after half and again after three quarters of the run (He et al. 2016, section 4.2):
    /// <see cref="LearningRateSchedule.MultiStep"/>.
    /// </summary>
    Steps,

    /// <summary>Constant.</summary>
    Constant,
}
