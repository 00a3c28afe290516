using System.Globalization;

namespace Weft.CniBench;

/// <summary>The command line, checked.</summary>
internal sealed record Options
{
    public const string Usage = """
        usage: CniBench --programs DIR [OPTION]...      (scripts/bench calls it, inside namespaces)
          --work WHAT        masquerade: an interface, an address and a way out (the default); chain: a published port, a firewall,
                             limits and a sysctl besides; start: nothing but a plugin's start (VERSION)
          --no-op FILE       with --work start: a program that does nothing, to compare with
          --programs DIR     where weft-cni and weftd are
          --go DIR           where Debian's plugins are, default /usr/lib/cni
          --samples N        pairs of ADD and DEL at each number of pods, default 60
          --pods A,B,...     pods that exist already, default 0,100,500
          --parallel N       ADDs at once, default 20; 0: none
          --rounds N         rounds of those, default 5
          --patience MS      longest wait for a quiet machine before each sample, default 1000; 0: none

        """;

    public string ProgramFolder { get; private set; } = "";
    public string GoFolder { get; private set; } = "/usr/lib/cni";
    public string Work { get; private set; } = "masquerade";
    public bool WholeChain => Work == "chain";
    public string NoOp { get; private set; } = "";
    public int Samples { get; private set; } = 60;
    public IReadOnlyList<int> Pods { get; private set; } = [0, 100, 500];
    public int Parallel { get; private set; } = 20;
    public int Rounds { get; private set; } = 5;
    public TimeSpan Patience { get; private set; } = TimeSpan.FromSeconds(1);

    /// <exception cref="FormatException">An option is unknown, lacks its value or has a wrong one.</exception>
    public static Options Parse(string[] args)
    {
        var options = new Options();
        for (int i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length)
            {
                throw new FormatException($"{args[i]} needs a value");
            }
            options.Set(args[i], args[i + 1]);
        }
        return options.ProgramFolder.Length > 0 ? options : throw new FormatException("--programs is missing");
    }

    private void Set(string name, string value)
    {
        switch (name)
        {
            case "--programs": ProgramFolder = value; break;
            case "--work": Work = value is "masquerade" or "chain" or "start" ? value : throw new FormatException($"--work {value}: masquerade, chain or start"); break;
            case "--no-op": NoOp = value; break;
            case "--go": GoFolder = value; break;
            case "--samples": Samples = Number(name, value); break;
            case "--pods": Pods = [.. value.Split(',').Select(part => Number(name, part))]; break;
            case "--parallel": Parallel = Number(name, value); break;
            case "--rounds": Rounds = Number(name, value); break;
            case "--patience": Patience = TimeSpan.FromMilliseconds(Number(name, value)); break;
            default: throw new FormatException($"unknown option {name}");
        }
    }

    private static int Number(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new FormatException($"{name} {value}: not a number of 0 or more");
}
