namespace ResNetManaged.Benchmarks.Reporting;

/// <summary>A benchmark parameter that knows the multiply-adds of one call.</summary>
public interface ICountedWork
{
    /// <summary>Multiply-adds of one call; 0 if arithmetic does not limit the call.</summary>
    long MultiplyAdds { get; }
}
