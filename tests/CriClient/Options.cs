using System.Globalization;

namespace Weft.CriClient;

/// <summary>The command line, checked.</summary>
internal sealed record Options
{
    public const string Usage = """
        usage: CriClient [OPTION]... COMMAND
        Speaks to a container runtime as kubelet does (CRI v1).

          version                     name and version of the runtime
          status                      its conditions, one a line
          run NAME                    starts a pod sandbox: prints pod=ID and address=IP lines
          pod NAME [COMMAND...]       run, and a container in it (default: sleep): prints container=ID too
          exec CONTAINER COMMAND...   runs a command there; exits with its exit code
          info POD                    state and addresses; with --verbose the runtime's own JSON
          list                        ID, namespace/name and state of each pod
          stop POD...                 stops pods: their network goes
          rm POD...                   removes stopped pods

          --socket PATH               default /run/containerd/containerd.sock
          --namespace NAME            default default
          --image REFERENCE           default weft.test/busybox:1
          --label KEY=VALUE           of the pod; may be given many times
          --annotation KEY=VALUE      of the pod; may be given many times
          --port HOST:CONTAINER[/udp] published port; may be given many times
          --cgroup-parent PATH        default /weft
          --timeout SECONDS           of each call, default 60
          --verbose

        """;

    public string Socket { get; private set; } = "/run/containerd/containerd.sock";
    public string Namespace { get; private set; } = "default";
    public string Image { get; private set; } = "weft.test/busybox:1";
    public string CgroupParent { get; private set; } = "/weft";
    public TimeSpan Timeout { get; private set; } = TimeSpan.FromSeconds(60);
    public bool Verbose { get; private set; }
    public Dictionary<string, string> Labels { get; } = [];
    public Dictionary<string, string> Annotations { get; } = [];
    public List<PublishedPort> Ports { get; } = [];
    public string Command { get; private set; } = "";

    /// <summary>What follows the command, untouched: options stand before it.</summary>
    public IReadOnlyList<string> Arguments { get; private set; } = [];

    /// <exception cref="FormatException">An option is unknown, lacks its value or has a wrong one, or no command follows.</exception>
    public static Options Parse(string[] args)
    {
        var options = new Options();
        int i = 0;
        for (; i < args.Length && args[i].StartsWith("--", StringComparison.Ordinal); i++)
        {
            if (args[i] == "--verbose")
            {
                options.Verbose = true;
                continue;
            }
            if (i + 1 == args.Length)
            {
                throw new FormatException($"{args[i]} needs a value");
            }
            options.Set(args[i], args[++i]);
        }
        if (i == args.Length)
        {
            throw new FormatException("no command; see --help");
        }
        options.Command = args[i];
        options.Arguments = args[(i + 1)..];
        return options;
    }

    private void Set(string name, string value)
    {
        switch (name)
        {
            case "--socket": Socket = value; break;
            case "--namespace": Namespace = value; break;
            case "--image": Image = value; break;
            case "--cgroup-parent": CgroupParent = value; break;
            case "--label": Add(Labels, name, value); break;
            case "--annotation": Add(Annotations, name, value); break;
            case "--port": Ports.Add(PublishedPort.Parse(value)); break;
            case "--timeout" when int.TryParse(value, CultureInfo.InvariantCulture, out int seconds) && seconds > 0:
                Timeout = TimeSpan.FromSeconds(seconds);
                break;
            case "--timeout": throw new FormatException($"--timeout {value}: not a positive number of seconds");
            default: throw new FormatException($"unknown option {name}; see --help");
        }
    }

    private static void Add(Dictionary<string, string> map, string name, string value)
    {
        int equals = value.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1)
        {
            throw new FormatException($"{name} {value}: not KEY=VALUE");
        }
        map[value[..equals]] = value[(equals + 1)..];
    }
}
