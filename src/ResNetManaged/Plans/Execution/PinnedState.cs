using System.Runtime.InteropServices;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Execution;

/// <summary>The elements of a module's tensor, pinned so that kernels can use their address.</summary>
internal sealed unsafe class PinnedState(StateTensor state)
{
    private float[]? _array;
    private GCHandle _handle;

    /// <summary>Unpins the elements.</summary>
    ~PinnedState() => Release();

    /// <summary>The first element.</summary>
    public float* Pointer { get; private set; }

    /// <summary>Finds the elements, which may have been replaced since the last call.</summary>
    /// <param name="forWriting">Whether they will be changed, which increases the tensor's version.</param>
    public void Refresh(bool forWriting)
    {
        float[] array = forWriting ? state.Value.BufferForWriting : state.Value.Buffer;
        if (array == _array) return;
        Release();
        _handle = GCHandle.Alloc(array, GCHandleType.Pinned);
        _array = array;
        Pointer = (float*)_handle.AddrOfPinnedObject();
    }

    private void Release()
    {
        if (_handle.IsAllocated) _handle.Free();
    }
}
