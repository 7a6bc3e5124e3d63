using System.Runtime.CompilerServices;
using NUnit.Framework;
using ResNetManaged.Kernels;

namespace ResNetManaged.Tests.Kernels;

public sealed unsafe class SimdTests
{
    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void LanesAreIndependentAndInOrder(SimdPath path) => SimdDispatch.Run(path, new LanesCheck());

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
