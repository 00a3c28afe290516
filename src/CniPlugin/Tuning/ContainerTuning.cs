using Weft.CniPlugin.Errors;
using Weft.CniPlugin.Invocation;
using Weft.Contracts.Cni;
using Weft.Dataplane;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Sysctls;

namespace Weft.CniPlugin.Tuning;

/// <summary>Sets kernel parameters in one container's namespace, and keeps what they were where that outlives the interface.</summary>
internal sealed class ContainerTuning
{
    private readonly NetworkNamespace _container;
    private readonly CniInvocation _invocation;
    private readonly IReadOnlyList<SysctlSetting> _settings;
    private readonly string _network;
    private readonly string _path;

    private ContainerTuning(NetworkNamespace container, CniInvocation invocation, IReadOnlyList<SysctlSetting> settings, string network, string path)
    {
        _container = container;
        _invocation = invocation;
        _settings = settings;
        _network = network;
        _path = path;
    }

    /// <summary>Checks that every parameter is there and may be written. Changes nothing.</summary>
    /// <exception cref="CniException">Code 2 or 7, with each parameter that cannot be set.</exception>
    public static ContainerTuning Prepare(
        NetworkNamespace container, CniInvocation invocation, TuningSettings tuning, AttachmentKey key, string socketPath)
    {
        if (tuning.Sysctls.Count > 0)
        {
            using NetworkNamespace own = NetworkNamespace.Current();
            if (container.IsSameAs(own))
            {
                throw new CniException(CniErrorCode.UnsupportedField,
                    $"sysctl {tuning.Sysctls[0].Key} = \"{tuning.Sysctls[0].Value}\" would be set in weft-cni's own namespace, which is the node's",
                    "remove \"sysctl\", or give the container a namespace");
            }
            var problems = new ProblemList();
            container.Run(() => Probe(tuning.Sysctls, invocation, problems));
            problems.ThrowIfAny();
        }
        return new ContainerTuning(container, invocation, tuning.Sysctls, key.Network, SavedSysctls.PathOf(socketPath, key));
    }

    /// <exception cref="CniException">Code 7: a parameter would take an address of the container away again.</exception>
    public void RequireIPv6()
    {
        foreach (SysctlSetting setting in _settings)
        {
            if (setting.Key.EndsWith("disable_ipv6", StringComparison.Ordinal) && setting.Value.Trim() != "0")
            {
                throw new CniException(CniErrorCode.InvalidConfiguration,
                    $"sysctl {setting.Key} = \"{setting.Value}\" would take away the container's IPv6 address",
                    "remove it, or choose a network without IPv6");
            }
        }
    }

    /// <summary>Sets all of them; the interface must be there.</summary>
    /// <exception cref="CniException">Code 7: the kernel does not take a value.</exception>
    /// <exception cref="IOException">What they were cannot be kept.</exception>
    public void Apply()
    {
        if (_settings.Count == 0)
        {
            return;
        }
        List<SavedSysctl> saved = [];
        foreach (SysctlSetting setting in _settings)
        {
            string[] segments = setting.Segments(_invocation.InterfaceName);
            if (!setting.IsOf(_invocation.InterfaceName))
            {
                saved.Add(new SavedSysctl(segments, Sysctl.Read(segments, _container), ""));
            }
        }
        Save(saved);
        _container.Run(() => Write(saved));
        Save(saved);
    }

    /// <summary>Puts back what <see cref="Apply"/> changed, as far as it came.</summary>
    public void Undo(Action<string> log)
    {
        if (_settings.Count > 0)
        {
            TuningRestorer.Restore(_path, _container, log);
        }
    }

    private static void Probe(IReadOnlyList<SysctlSetting> settings, CniInvocation invocation, ProblemList problems)
    {
        foreach (SysctlSetting setting in settings)
        {
            string[] model = setting.Model(invocation.InterfaceName);
            string path = "/proc/sys/" + string.Join('/', model);
            try
            {
                _ = Sysctl.Read(model);
                // Opening tells whether it is writable here. FileShare: without it .NET locks the file.
                using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            }
            catch (Exception e) when (e is KernelException { Errno: Errno.ENOENT or Errno.ENOTDIR } or FileNotFoundException or DirectoryNotFoundException)
            {
                problems.Add(CniErrorCode.InvalidConfiguration,
                    $"sysctl {setting.Key} = \"{setting.Value}\": the container's namespace has no {path}, so it is unknown to this kernel or belongs to the whole node");
            }
            catch (Exception e) when (e is KernelException or IOException or UnauthorizedAccessException or ArgumentException)
            {
                problems.Add(CniErrorCode.InvalidConfiguration,
                    $"sysctl {setting.Key} = \"{setting.Value}\" cannot be set in a container's namespace: {path} cannot be read and written: {e.Message}");
            }
        }
    }

    private void Write(List<SavedSysctl> saved)
    {
        foreach (SysctlSetting setting in _settings)
        {
            string[] segments = setting.Segments(_invocation.InterfaceName);
            try
            {
                Sysctl.Write(segments, setting.Value);
            }
            catch (KernelException e)
            {
                throw new CniException(CniErrorCode.InvalidConfiguration,
                    $"sysctl {setting.Key} = \"{setting.Value}\" is refused by the kernel: {e.Message}", "the values it takes are in the kernel's Documentation/networking");
            }
            for (int i = 0; i < saved.Count; i++)
            {
                if (saved[i].Segments.AsSpan().SequenceEqual(segments))
                {
                    saved[i] = saved[i] with { Set = Sysctl.Read(segments) };
                }
            }
        }
    }

    private void Save(List<SavedSysctl> values)
    {
        if (values.Count > 0)
        {
            new SavedSysctls { Network = _network, Namespace = TuningRestorer.Name(_container), Values = values }.Write(_path);
        }
    }
}
