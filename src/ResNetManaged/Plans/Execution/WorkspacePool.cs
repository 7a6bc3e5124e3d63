namespace ResNetManaged.Plans.Execution;

/// <summary>Workspaces that no call uses at the moment.</summary>
internal sealed class WorkspacePool<TWorkspace>(Func<TWorkspace> create) where TWorkspace : class
{
    private static readonly int MostKept = 2 * Environment.ProcessorCount;

    private readonly Stack<TWorkspace> _free = new(MostKept);

    /// <summary>A workspace, for the caller alone.</summary>
    public TWorkspace Rent()
    {
        lock (_free)
        {
            if (_free.TryPop(out TWorkspace? workspace)) return workspace;
        }
        return create();
    }

    /// <summary>Gives a workspace back. One whose call failed is not given back.</summary>
    public void Return(TWorkspace workspace)
    {
        lock (_free)
        {
            if (_free.Count < MostKept) _free.Push(workspace);
        }
    }
}
