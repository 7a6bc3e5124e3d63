namespace ResNetManaged.Benchmarks.Reporting;

/// <summary>A benchmark's parameter that knows how many multiply-adds one call takes.</summary>
public interface ICountedWork
{
    /// <summary>Multiply-adds of one call; 0 where arithmetic is not what the call is about.</summary>
    long MultiplyAdds { get; }
}
