using System.IO.Hashing;
using System.Text;

namespace Weft.NetDaemon.Networks;

/// <summary>
/// What the Network of a CNI configuration is called. CNI allows names (<c>^[a-zA-Z0-9][a-zA-Z0-9_.-]*$</c>, of any length) that no Network can
/// have: such a one is called like it as far as that goes, with a hash of the whole name behind, so that "my_net" and "my.net" are two.
/// </summary>
internal static class ConfiguredName
{
    private const int LongestReadable = 63 - 1 - 8;   // a label less "-" and the hash

    /// <summary>The name for a configuration of that name. Pure: the same on each node and after each start.</summary>
    /// <param name="configuration">The configuration's name.</param>
    /// <param name="attempt">0, and up when what came before belongs to another configuration.</param>
    public static string Of(string configuration, int attempt = 0)
    {
        if (ResourceName.IsLabel(configuration) && attempt-- == 0)
        {
            return configuration;
        }
        var readable = new StringBuilder();
        foreach (char c in configuration)
        {
            if (char.IsAsciiLetterOrDigit(c))
            {
                readable.Append(char.ToLowerInvariant(c));
            }
            else if (readable.Length > 0 && readable[^1] != '-')
            {
                readable.Append('-');
            }
        }
        string kept = readable.ToString(0, Math.Min(readable.Length, LongestReadable)).TrimEnd('-');
        uint hash = XxHash32.HashToUInt32(Encoding.UTF8.GetBytes(configuration), attempt);
        return $"{(kept.Length == 0 ? "cni" : kept)}-{hash:x8}";
    }

    /// <summary>The first name for a configuration that is not another configuration's.</summary>
    /// <param name="configuration">The configuration's name.</param>
    /// <param name="madeFor">For the name of a Network: the configuration that it was made for, "" when a person made it, null when there is none.</param>
    public static string Choose(string configuration, Func<string, string?> madeFor)
    {
        for (int attempt = 0; ; attempt++)
        {
            string name = Of(configuration, attempt);
            if (madeFor(name) is null or "" || madeFor(name) == configuration)
            {
                return name;
            }
        }
    }
}
