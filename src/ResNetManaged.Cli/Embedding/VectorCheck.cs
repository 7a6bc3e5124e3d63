using ResNetManaged.Cli.Errors;
using ResNetManaged.Tensors;

namespace ResNetManaged.Cli.Embedding;

/// <summary>Rejects vectors that cannot be compared with others because they are 0 or not finite, as when a weight is NaN.</summary>
internal static class VectorCheck
{
    /// <summary>Checks the vector of one image.</summary>
    /// <exception cref="CommandFailedException">It is 0 or not finite.</exception>
    public static float[] Require(float[] vector, string image)
    {
        RequireRows(Tensor.FromArray(vector, [1, vector.Length]), _ => $"the network's vector of '{image}'");
        return vector;
    }

    /// <summary>Checks each row of an array.</summary>
    /// <param name="vectors">[N, D].</param>
    /// <param name="nameOf">The name of a row in the message.</param>
    /// <exception cref="CommandFailedException">A row is 0 or not finite.</exception>
    public static void RequireRows(Tensor vectors, Func<int, string> nameOf)
    {
        int length = vectors.Shape[1];
        for (int row = 0; row < vectors.Shape[0]; row++)
        {
            double square = 0;
            foreach (float number in vectors.ReadOnlySpan.Slice(row * length, length)) square += (double)number * number;
            if (!(square > 0 && double.IsFinite(square)))
                throw new CommandFailedException($"{nameOf(row)} is 0 or not finite, so nothing is similar to it");
        }
    }
}
