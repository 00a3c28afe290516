using System.Globalization;
using System.Text;
using Weft.Contracts;
using Weft.Manifests.Yaml;

namespace Weft.NetDaemon.Configuration;

/// <summary>What single options may be. Each check returns what is wrong and what to write, or null.</summary>
internal static class OptionRules
{
    // sun_path of sockaddr_un holds 108 bytes with the final zero (unix(7)).
    private const int MaximumSocketPath = 107;

    /// <summary>Least time that a node goes on without the store.</summary>
    public static readonly TimeSpan ShortestHold = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan MaximumCoolDown = TimeSpan.FromHours(24);

    public static string? CheckNode(string name) => ResourceName.IsHostName(name)
        ? null
        : $"{Quoted.Text(name)} is not a node name; use lower-case letters, digits, \"-\" and \".\" (RFC 1123), 253 characters at most";

    public static string? CheckStore(string store) => store is "embedded" or "etcd"
        ? null
        : $"{Quoted.Text(store)} is not a store that this weftd has; write embedded or etcd";

    public static string? CheckFile(string path) => path.Length == 0 || path[0] != '/' || path.Contains('\0', StringComparison.Ordinal)
        ? $"{Quoted.Text(path)} is not the absolute path of a file"
        : null;

    public static string? CheckStateDirectory(string path) => CheckDirectory(path, WeftPaths.StateDirectory);

    public static string? CheckConfigFile(string path) => CheckDirectory(path, DaemonOptions.DefaultConfigFile);

    public static string? CheckRunDirectory(string path)
    {
        int bytes = Encoding.UTF8.GetByteCount(path) + 1 + WeftPaths.DaemonSocketName.Length;
        return CheckDirectory(path, WeftPaths.RunDirectory) ?? (bytes > MaximumSocketPath
            ? $"{Quoted.Text(path)} is too long: its sockets' paths would have {bytes} bytes, the kernel takes {MaximumSocketPath}"
            : null);
    }

    /// <summary>The kernel's rules for interface names: 1 to 15 bytes, no "/", no white space, not "." or ".." (dev_valid_name).</summary>
    public static string? CheckInterface(string name) =>
        Encoding.UTF8.GetByteCount(name) is 0 or > 15 || name is "." or ".." || name.Any(c => c is '/' or ':' || char.IsWhiteSpace(c) || char.IsControl(c))
            ? $"{Quoted.Text(name)} is not the name of an interface"
            : null;

    /// <summary>Reads "60s", "500ms", "2m" or "1h", 0 to 24 hours.</summary>
    public static bool TryParseDuration(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text == "0")
        {
            return true;
        }
        int digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits]))
        {
            digits++;
        }
        double seconds = text[digits..] switch { "ms" => 0.001, "s" => 1, "m" => 60, "h" => 3600, _ => -1 };
        if (seconds < 0 || !uint.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out uint count)
            || count * seconds > MaximumCoolDown.TotalSeconds)
        {
            return false;
        }
        duration = TimeSpan.FromSeconds(count * seconds);
        return true;
    }

    /// <summary>A relative path would mean another directory wherever weftd is started: a service starts in "/", a shell anywhere.</summary>
    private static string? CheckDirectory(string path, string example) => path.StartsWith('/') && !path.Contains('\0', StringComparison.Ordinal)
        ? null
        : $"{Quoted.Text(path)} is not an absolute path; write one such as {example}";
}
