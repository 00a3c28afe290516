using System.Globalization;

namespace Weft.Scale;

/// <summary>The command line, checked.</summary>
internal sealed record Options
{
    public const string Usage = """
        usage: Scale --programs DIR --etcd URL [OPTION]...      (scripts/bench calls it, inside namespaces)
          --programs DIR     where weftd and weft are
          --etcd URL         an etcd with nothing in it
          --nodes N          other nodes, default 5000, at most 6000
          --networks N       networks, 1 to 8, default 1; each other node has one block of both families in each
          --starts N         starts of each sort, default 3
          --events N         nodes that change their address, join and leave, one at a time, default 240
          --containers N     containers that come on other nodes, default 200
          --rate N           events a second of the steady churn, default 50
          --seconds N        how long that lasts, default 30; 0: none

        """;

    public string ProgramFolder { get; private set; } = "";
    public string Etcd { get; private set; } = "";
    public int Nodes { get; private set; } = 5000;
    public int Networks { get; private set; } = 1;
    public int Starts { get; private set; } = 3;
    public int Events { get; private set; } = 240;
    public int Containers { get; private set; } = 200;
    public int Rate { get; private set; } = 50;
    public int Seconds { get; private set; } = 30;

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
        return options.Events > options.Nodes || options.Rate * options.Seconds > options.Nodes ? throw new FormatException("each node changes once at most: --events, and --rate times --seconds, are --nodes or less")
            : options.ProgramFolder.Length == 0 ? throw new FormatException("--programs is missing")
            : options.Etcd.Length == 0 ? throw new FormatException("--etcd is missing")
            : options;
    }

    private void Set(string name, string value)
    {
        switch (name)
        {
            case "--programs": ProgramFolder = value; break;
            case "--etcd": Etcd = value; break;
            case "--nodes": Nodes = Number(name, value, 3, 6000); break;
            case "--networks": Networks = Number(name, value, 1, 8); break;
            case "--starts": Starts = Number(name, value, 1, 100); break;
            case "--events": Events = Number(name, value, 0, 100_000); break;
            case "--containers": Containers = Number(name, value, 0, 100_000); break;
            case "--rate": Rate = Number(name, value, 1, 1000); break;
            case "--seconds": Seconds = Number(name, value, 0, 3600); break;
            default: throw new FormatException($"unknown option {name}");
        }
    }

    private static int Number(string name, string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number
            : throw new FormatException($"{name} {value}: not a number of {least} to {most}");
}
