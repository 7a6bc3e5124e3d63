namespace ResNetManaged.Plans;

/// <summary>Workspaces that no call uses at the moment.</summary>
internal sealed class WorkspacePool(PlanProgram program)
{
    private static readonly int MostKept = 2 * Environment.ProcessorCount;

    private readonly Stack<Workspace> _free = new(MostKept);

    /// <summary>A workspace, for the caller alone.</summary>
    public Workspace Rent()
    {
        lock (_free)
        {
            if (_free.TryPop(out Workspace? workspace)) return workspace;
        }
        return new Workspace(program);
    }

    /// <summary>Gives a workspace back. One whose call failed is not given back.</summary>
    public void Return(Workspace workspace)
    {
        lock (_free)
        {
            if (_free.Count < MostKept) _free.Push(workspace);
        }
    }
}
