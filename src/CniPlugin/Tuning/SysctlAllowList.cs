using System.Text.RegularExpressions;

namespace Weft.CniPlugin.Tuning;

/// <summary>
/// The file by which an administrator says which parameters configurations may set: a regular expression a line, matched anywhere in the key as it is
/// written, as the tuning plugin does. Without the file every parameter of the container's namespace may be set.
/// </summary>
internal sealed class SysctlAllowList
{
    public const string DefaultPath = "/etc/cni/tuning/allowlist.conf";

    private static readonly TimeSpan LongestMatch = TimeSpan.FromSeconds(1);

    private readonly List<Regex>? _patterns;

    private SysctlAllowList(List<Regex>? patterns) => _patterns = patterns;

    /// <exception cref="IOException">It is there, and cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It is there, and must not be read.</exception>
    /// <exception cref="ArgumentException">A line is no regular expression.</exception>
    public static SysctlAllowList FromFile(string path)
    {
        if (!File.Exists(path))
        {
            return new SysctlAllowList(null);
        }
        List<Regex> patterns = [];
        foreach (string line in File.ReadAllText(path).Split('\n'))
        {
            string pattern = line.Trim();
            if (pattern.Length > 0)
            {
                patterns.Add(new Regex(pattern, RegexOptions.CultureInvariant, LongestMatch));
            }
        }
        return new SysctlAllowList(patterns);
    }

    public bool Allows(string key)
    {
        if (_patterns is null)
        {
            return true;
        }
        foreach (Regex pattern in _patterns)
        {
            if (pattern.IsMatch(key))
            {
                return true;
            }
        }
        return false;
    }
}
