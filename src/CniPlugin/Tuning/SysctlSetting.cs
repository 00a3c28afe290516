namespace Weft.CniPlugin.Tuning;

/// <summary>One kernel parameter of the container's namespace.</summary>
/// <param name="Key">As it was written, such as "net.ipv4.conf.IFNAME.arp_filter".</param>
/// <param name="Value">What to set.</param>
internal sealed record SysctlSetting(string Key, string Value)
{
    /// <summary>What stands in a key for the container's interface.</summary>
    public const string InterfacePlaceholder = "IFNAME";

    private const int InterfacePosition = 3;       // net.ipv4.conf.IFNAME

    /// <summary>Segments of the path below /proc/sys. A key with slashes may have dots within a segment (sysctl.d(5)).</summary>
    public string[] Segments(string interfaceName)
    {
        string[] segments = Key.Split(Key.Contains('/', StringComparison.Ordinal) ? '/' : '.');
        for (int i = 0; i < segments.Length; i++)
        {
            if (segments[i] == InterfacePlaceholder)
            {
                segments[i] = interfaceName;
            }
        }
        return segments;
    }

    /// <summary>Whether it is in a directory of the interface's own, which goes with the interface.</summary>
    public bool IsOf(string interfaceName)
    {
        string[] segments = Segments(interfaceName);
        return segments.Length > InterfacePosition + 1 && segments[2] is "conf" or "neigh" && segments[InterfacePosition] == interfaceName;
    }

    /// <summary>A parameter that exists if this one will, once the interface is there: the same of "default".</summary>
    public string[] Model(string interfaceName)
    {
        string[] segments = Segments(interfaceName);
        if (IsOf(interfaceName))
        {
            segments[InterfacePosition] = "default";
        }
        return segments;
    }

    /// <summary>Whether the key names a parameter of the network, by a path without tricks.</summary>
    public static bool IsNetworkParameter(string key)
    {
        string[] segments = new SysctlSetting(key, "").Segments("x");
        foreach (string segment in segments)
        {
            if (segment.Length == 0 || segment is "." or ".." || segment.Contains('\0', StringComparison.Ordinal))
            {
                return false;
            }
        }
        return segments.Length > 2 && segments[0] == "net";
    }
}
