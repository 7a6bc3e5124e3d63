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
        "types.SimpleNamespace", "torch.serialization._get_layout", // the layout of a sparse tensor
        "builtins.object", "builtins.type", "builtins.int", "builtins.long", "builtins.float", "builtins.bool", "builtins.complex", "builtins.str",
        "builtins.unicode", "builtins.bytes", "builtins.bytearray", "builtins.tuple", "builtins.slice", "builtins.range", "builtins.xrange",
        "builtins.Ellipsis", "builtins.NotImplemented", "builtins.max", "builtins.min", "builtins.sum", "builtins.abs", "builtins.len", // settings: mode=max
    };

    /// <summary>Whether a global runs code.</summary>
    /// <param name="module">Its module.</param>
    /// <param name="full">The module, a dot, and the name in it.</param>
    public static bool Contains(string module, string full)
    {
        if (Functions.Contains(full)) return true;
        if (IsHarmless(full)) return false;
        for (int end = module.Length; end > 0; end = module.LastIndexOf('.', end - 1))
        {
            if (Modules.Contains(module[..end])) return true;
        }
        return false;
    }

    /// <summary>Whether a global of a module with code is a harmless type, or one of Python's exceptions, which a script may store as the reason for its end.</summary>
    private static bool IsHarmless(string full)
    {
        const string Python3 = "builtins.", Python2 = "__builtin__.";
        if (full.StartsWith(Python2, StringComparison.Ordinal)) full = Python3 + full[Python2.Length..];
        return Harmless.Contains(full) || full.StartsWith(Python3, StringComparison.Ordinal)
            && (full.EndsWith("Error", StringComparison.Ordinal) || full.EndsWith("Exception", StringComparison.Ordinal) || full.EndsWith("Interrupt", StringComparison.Ordinal));
    }
}
