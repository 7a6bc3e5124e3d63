namespace ResNetManaged.Plans.Execution;

/// <summary>Workspaces that are not in use.</summary>
internal sealed class WorkspacePool<TWorkspace>(Func<TWorkspace> create) where TWorkspace : class
{
    private static readonly int MostKept = 2 * Environment.ProcessorCount;

    private readonly Stack<TWorkspace> _free = new(MostKept);

    /// <summary>A workspace for the exclusive use of the caller.</summary>
    public TWorkspace Rent()
    {
        lock (_free)
        {
            if (_free.TryPop(out TWorkspace? workspace)) return workspace;
        }
        return create();
    }

    /// <summary>Returns a workspace. One whose call failed must not be returned.</summary>
    public void Return(TWorkspace workspace)
    {
        lock (_free)
        {
            if (_free.Count < MostKept) _free.Push(workspace);
        }
    }
}
