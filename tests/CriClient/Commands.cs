using Weft.CriClient.Runtime;

namespace Weft.CriClient;

/// <summary>Carries out one command and prints what scripts read: KEY=VALUE lines, or columns with one space between.</summary>
internal sealed class Commands(RuntimeClient runtime, Options options, TextWriter output, TextWriter errors)
{
    /// <returns>The exit code.</returns>
    /// <exception cref="FormatException">The command is unknown or lacks arguments.</exception>
    public int Run()
    {
        switch (options.Command)
        {
            case "version": Version(); return 0;
            case "status": return Status();
            case "run": Pod(Argument("NAME"), command: null); return 0;
            case "pod":
                Pod(Argument("NAME"), options.Arguments.Count > 1 ? options.Arguments.Skip(1) : ["/bin/sleep", "2147483647"]);
                return 0;
            case "exec": return Execute(Argument("CONTAINER"), options.Arguments.Skip(1));
            case "info": Info(Argument("POD")); return 0;
            case "list": List(); return 0;
            case "stop": ForEachPod(runtime.StopPod); return 0;
            case "rm": ForEachPod(runtime.RemovePod); return 0;
            default: throw new FormatException($"unknown command {options.Command}; see --help");
        }
    }

    private string Argument(string name) =>
        options.Arguments.Count > 0 ? options.Arguments[0] : throw new FormatException($"{options.Command} needs {name}; see --help");

    private void Version()
    {
        VersionResponse version = runtime.Version();
        output.WriteLine($"{version.RuntimeName} {version.RuntimeVersion} CRI {version.RuntimeApiVersion}");
    }

    private int Status()
    {
        IReadOnlyList<RuntimeCondition> conditions = runtime.Status();
        foreach (RuntimeCondition condition in conditions)
        {
            output.WriteLine($"{condition.Type}={(condition.Status ? "true" : "false")} {condition.Reason} {condition.Message}".TrimEnd());
        }
        return conditions.All(condition => condition.Status) ? 0 : 1;
    }

    private void Pod(string name, IEnumerable<string>? command)
    {
        PodSandboxConfig config = Config(name);
        string pod = runtime.RunPod(config);
        output.WriteLine($"pod={pod}");
        if (command is not null)
        {
            var container = new ContainerConfig
            {
                Metadata = new ContainerMetadata { Name = "main" },
                Image = new ImageSpec { Image = options.Image },
                LogPath = "main.log",
            };
            container.Command.AddRange(command);
            output.WriteLine($"container={runtime.StartContainer(pod, config, container)}");
        }
        Addresses(runtime.PodStatus(pod, verbose: false).Status);
    }

    private PodSandboxConfig Config(string name)
    {
        string uid = Guid.NewGuid().ToString();
        var config = new PodSandboxConfig
        {
            Metadata = new PodSandboxMetadata { Name = name, Uid = uid, Namespace = options.Namespace },
            Hostname = name,
            LogDirectory = $"/var/log/pods/{options.Namespace}_{name}_{uid}",
            Linux = new LinuxPodSandboxConfig { CgroupParent = options.CgroupParent },
        };
        // kubelet labels each sandbox so; containerd hands them to the plugin as K8S_POD_* in CNI_ARGS.
        config.Labels["io.kubernetes.pod.name"] = name;
        config.Labels["io.kubernetes.pod.namespace"] = options.Namespace;
        config.Labels["io.kubernetes.pod.uid"] = uid;
        config.Labels.Add(options.Labels);
        config.Annotations.Add(options.Annotations);
        config.PortMappings.AddRange(options.Ports.Select(port => new PortMapping
        {
            Protocol = port.Protocol,
            HostPort = port.Host,
            ContainerPort = port.Container,
        }));
        return config;
    }

    private int Execute(string container, IEnumerable<string> command)
    {
        ExecSyncResponse result = runtime.Execute(container, command);
        output.Write(result.Stdout.ToStringUtf8());
        errors.Write(result.Stderr.ToStringUtf8());
        return result.ExitCode;
    }

    private void Info(string pod)
    {
        PodSandboxStatusResponse reply = runtime.PodStatus(pod, options.Verbose);
        output.WriteLine($"state={StateName(reply.Status.State)}");
        Addresses(reply.Status);
        foreach ((string key, string json) in reply.Info.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            output.WriteLine($"{key}={json}");
        }
    }

    private void Addresses(PodSandboxStatus status)
    {
        if (status.Network is not { Ip.Length: > 0 } network)
        {
            return;    // a stopped pod, or one on the node's own network
        }
        output.WriteLine($"address={network.Ip}");
        foreach (PodIP additional in network.AdditionalIps)
        {
            output.WriteLine($"address={additional.Ip}");
        }
    }

    private void List()
    {
        foreach (PodSandbox pod in runtime.Pods())
        {
            output.WriteLine($"{pod.Id} {pod.Metadata.Namespace}/{pod.Metadata.Name} {StateName(pod.State)}");
        }
    }

    private void ForEachPod(Action<string> action)
    {
        Argument("POD");
        foreach (string pod in options.Arguments)
        {
            action(pod);
        }
    }

    private static string StateName(PodSandboxState state) => state == PodSandboxState.SandboxReady ? "ready" : "notready";
}
