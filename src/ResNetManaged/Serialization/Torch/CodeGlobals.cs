namespace ResNetManaged.Serialization.Torch;

/// <summary>Globals by which a pickle would run code, import a module or reach files and the network if Python read it.</summary>
/// <remarks>
/// This reader executes nothing, so such a file could not do harm here. It is rejected all the same, because no program stores these beside weights: the file was
/// made to attack whoever loads it.
/// </remarks>
internal static class CodeGlobals
{
    /// <summary>Modules, including those inside them.</summary>
    private static readonly HashSet<string> Modules = new(StringComparer.Ordinal)
    {
        "os", "posix", "nt", "sys", "subprocess", "commands", "popen2", "pty", "platform", "webbrowser", "shutil", "tempfile", "io", "_io", "signal",
        "importlib", "imp", "runpy", "pkgutil", "zipimport", "site", "code", "codeop", "codecs", "_codecs", "marshal", "types", "ctypes", "_ctypes", "operator",
        "_operator", "pickle", "_pickle", "cPickle", "shelve", "dill", "cloudpickle", "joblib", "pdb", "bdb", "cProfile", "profile", "timeit", "trace", "doctest",
        "unittest", "test", "idlelib", "lib2to3", "distutils", "setuptools", "pip", "ensurepip", "venv", "socket", "_socket", "ssl", "asyncio", "multiprocessing",
        "concurrent", "urllib", "urllib2", "http", "httplib", "requests", "aiohttp", "ftplib", "smtplib", "telnetlib", "xmlrpc", "builtins", "__builtin__",
        "torch.hub", "torch.jit", "torch.serialization", "torch.utils.cpp_extension", "numpy.testing", "numpy.distutils", "numpy.f2py",
    };

    /// <summary>Functions of modules that also have harmless ones.</summary>
    private static readonly HashSet<string> Functions = new(StringComparer.Ordinal)
    {
        "torch.load", "torch.save", "torch.compile", "numpy.load", "numpy.save", "numpy.memmap",
    };

    /// <summary>Harmless types of the modules above.</summary>
    private static readonly HashSet<string> Harmless = new(StringComparer.Ordinal)
    {
        "types.SimpleNamespace", "builtins.object", "builtins.type", "builtins.int", "builtins.float", "builtins.bool", "builtins.complex", "builtins.str",
        "builtins.bytes", "builtins.bytearray", "builtins.tuple", "builtins.slice", "builtins.range", "__builtin__.object", "__builtin__.type", "__builtin__.int",
        "__builtin__.long", "__builtin__.float", "__builtin__.bool", "__builtin__.complex", "__builtin__.str", "__builtin__.unicode", "__builtin__.bytes",
        "__builtin__.bytearray", "torch.serialization._get_layout", // the layout of a sparse tensor
        "__builtin__.tuple", "__builtin__.slice", "__builtin__.xrange",
    };

    /// <summary>Whether a global runs code.</summary>
    /// <param name="module">Its module.</param>
    /// <param name="full">The module, a dot, and the name in it.</param>
    public static bool Contains(string module, string full)
    {
        if (Functions.Contains(full)) return true;
        if (Harmless.Contains(full)) return false;
        for (int end = module.Length; end > 0; end = module.LastIndexOf('.', end - 1))
        {
            if (Modules.Contains(module[..end])) return true;
        }
        return false;
    }
}
