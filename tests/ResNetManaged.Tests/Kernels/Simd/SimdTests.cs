using System.Runtime.CompilerServices;
using NUnit.Framework;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Tests.Kernels.Simd;

public sealed unsafe class SimdTests
{
    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void LanesAreIndependentAndInOrder(SimdPath path) => SimdDispatch.Run(path, new LanesCheck());

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void SelectGreaterChoosesLaneByLaneAndNaNIsNotGreater(SimdPath path) => SimdDispatch.Run(path, new SelectGreaterCheck());

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void PermuteReadsTheSelectedLanes(SimdPath path) => SimdDispatch.Run(path, new PermuteCheck());

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void PowerOfTwoIsExactForEveryNormalNumber(SimdPath path) => SimdDispatch.Run(path, new PowerOfTwoCheck());

    private readonly struct PowerOfTwoCheck : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            float[] exponents = new float[TSimd.Lanes], powers = new float[TSimd.Lanes];
            for (int first = -126; first <= 127; first += TSimd.Lanes)
            {
                for (int i = 0; i < exponents.Length; i++) exponents[i] = Math.Min(first + i, 127);
                fixed (float* pExponents = exponents, pPowers = powers) TSimd.Store(TSimd.PowerOfTwo(TSimd.Load(pExponents)), pPowers);
                for (int i = 0; i < powers.Length; i++) Assert.That(powers[i], Is.EqualTo(MathF.ScaleB(1, (int)exponents[i])), $"2^{exponents[i]}");
            }
        }
    }

    private readonly struct PermuteCheck : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            float[] x = new float[TSimd.Lanes], permuted = new float[TSimd.Lanes];
            int[] lanes = new int[TSimd.Lanes];
            for (int i = 0; i < x.Length; i++) (x[i], lanes[i]) = (i + 1, (5 * i + 3) % x.Length);
            fixed (float* px = x, pPermuted = permuted)
            fixed (int* pLanes = lanes)
                TSimd.Store(TSimd.Permute(TSimd.Load(px), TSimd.Load((float*)pLanes)), pPermuted);
            for (int i = 0; i < x.Length; i++) Assert.That(permuted[i], Is.EqualTo(x[lanes[i]]), $"lane {i}");
        }
    }

    private readonly struct SelectGreaterCheck : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            (float X, float Y, bool Greater)[] cases =
            [
                (1, 0, true), (0, 1, false), (2, 2, false), (0f, -0f, false), (float.NaN, 1, false), (1, float.NaN, false),
                (float.PositiveInfinity, float.MaxValue, true), (float.Epsilon, 0, true),
            ];
            float[] x = new float[TSimd.Lanes], y = new float[TSimd.Lanes], chosen = new float[TSimd.Lanes];
            for (int first = 0; first < cases.Length; first++)
            {
                for (int i = 0; i < x.Length; i++) (x[i], y[i], _) = cases[(first + i) % cases.Length];
                fixed (float* px = x, py = y, pChosen = chosen)
                    TSimd.Store(TSimd.SelectGreater(TSimd.Load(px), TSimd.Load(py), TSimd.Create(3f), TSimd.Create(4f)), pChosen);
                for (int i = 0; i < x.Length; i++)
                    Assert.That(chosen[i], Is.EqualTo(cases[(first + i) % cases.Length].Greater ? 3f : 4f), $"{x[i]} > {y[i]}");
            }
        }
    }

    private readonly struct LanesCheck : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            Assert.That(Unsafe.SizeOf<TVector>(), Is.EqualTo(TSimd.Lanes * sizeof(float)));
            Assert.That(TSimd.Registers, Is.EqualTo(16).Or.EqualTo(32));
            float[] x = new float[TSimd.Lanes], sum = new float[TSimd.Lanes], product = new float[TSimd.Lanes];
            for (int i = 0; i < x.Length; i++) x[i] = i + 1;
            fixed (float* px = x, pSum = sum, pProduct = product)
            {
                TSimd.Store(TSimd.Add(TSimd.Load(px), TSimd.Create(10f)), pSum);
                TSimd.Store(TSimd.MultiplyAdd(TSimd.Load(px), TSimd.Create(3f), TSimd.Create(-1f)), pProduct);
            }
            for (int i = 0; i < x.Length; i++)
            {
                Assert.That(sum[i], Is.EqualTo(i + 11f));
                Assert.That(product[i], Is.EqualTo(3f * (i + 1) - 1f));
            }
        }
    }
}
