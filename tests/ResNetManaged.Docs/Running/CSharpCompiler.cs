using System.Reflection;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Emit;
using ResNetManaged.Docs.Pages;

namespace ResNetManaged.Docs.Running;

/// <summary>Compiles a program's blocks as a user's console project would: public API only, C# 14, nullable, implicit usings.</summary>
internal static class CSharpCompiler
{
    private const string NamesOfPackages = "ResNetManaged*.dll";

    /// <summary>This assembly: its public types in Support/Foreign stand in for other libraries.</summary>
    private static readonly string Self = typeof(CSharpCompiler).Assembly.Location;

    private static readonly string[] ImplicitUsings =
        ["System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks"];

    private static readonly CSharpParseOptions Language = new(LanguageVersion.CSharp14);

    private static readonly List<string> Packages = FindPackages();

    private static readonly Lazy<MetadataReference[]> References = new(() =>
        [.. FrameworkFiles().Concat(Packages).Append(Self).Select(file => MetadataReference.CreateFromFile(file))]);

    /// <summary>The packages, and their dependencies outside .NET.</summary>
    public static IReadOnlyList<string> PackageFiles => Packages;

    /// <summary>Compiles a program.</summary>
    /// <param name="snippet">The program; messages name its page and lines.</param>
    /// <param name="assemblyName">The assembly's name.</param>
    /// <param name="image">The assembly, with its symbols.</param>
    /// <returns>Errors and warnings, one per line; empty if there are none.</returns>
    public static string Compile(Snippet snippet, string assemblyName, Stream image)
    {
        CSharpCompilation compilation = CSharpCompilation.Create(
            assemblyName,
            [
                CSharpSyntaxTree.ParseText(string.Concat(ImplicitUsings.Select(name => $"global using {name};\n")), Language),
                CSharpSyntaxTree.ParseText(Compose(snippet), Language, encoding: Encoding.UTF8),
            ],
            References.Value,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
        EmitResult result = compilation.Emit(image, options: new EmitOptions(debugInformationFormat: DebugInformationFormat.Embedded));
        return string.Join('\n', result.Diagnostics.Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning).Select(Describe));
    }

    /// <summary>One source file: all usings, all statements, all types, each under the page's line numbers.</summary>
    private static string Compose(Snippet snippet)
    {
        StringBuilder usings = new(), statements = new(), types = new();
        foreach (Block block in snippet.Blocks)
        {
            if (block.HiddenSetUp is { } setUp) Add(setUp);
            Add(block.Text);
        }
        return $"{usings}{statements}{types}";

        void Add(NumberedText part)
        {
            string text = string.Join('\n', part.Lines) + "\n";
            CompilationUnitSyntax unit = (CompilationUnitSyntax)CSharpSyntaxTree.ParseText(text, Language).GetRoot();
            foreach (SyntaxNode node in unit.ChildNodes())
            {
                StringBuilder section = node is UsingDirectiveSyntax ? usings : node is GlobalStatementSyntax ? statements : types;
                int line = part.Line + node.SyntaxTree.GetLineSpan(node.FullSpan).StartLinePosition.Line;
                section.Append($"\n#line {line} \"{snippet.Page.Name}\"\n").Append(node.ToFullString());
            }
        }
    }

    private static string Describe(Diagnostic diagnostic)
    {
        FileLinePositionSpan place = diagnostic.Location.GetMappedLineSpan();
        return $"{place.Path}:{place.StartLinePosition.Line + 1}: {diagnostic.Id}: {diagnostic.GetMessage()}";
    }

    /// <summary>The files of the shared frameworks that these tests run on.</summary>
    private static IEnumerable<string> FrameworkFiles()
    {
        string packs = Path.DirectorySeparatorChar + "shared" + Path.DirectorySeparatorChar;
        return ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(file => file.Contains(packs + "Microsoft.", StringComparison.Ordinal));
    }

    private static List<string> FindPackages()
    {
        string folder = AppContext.BaseDirectory;
        List<string> found = [.. Directory.GetFiles(folder, NamesOfPackages).Where(file => file != Self)];
        for (int i = 0; i < found.Count; i++)
        {
            IEnumerable<string> needed = Assembly.LoadFrom(found[i]).GetReferencedAssemblies().Select(name => Path.Combine(folder, name.Name + ".dll"));
            found.AddRange(needed.Where(file => File.Exists(file) && !found.Contains(file)));
        }
        return found;
    }
}
