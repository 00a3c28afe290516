using Weft.CniPlugin.Errors;
using Weft.Dataplane;
using Weft.Dataplane.Native;

namespace Weft.CniPlugin.Configuration;

/// <summary>A file in the format of resolv.conf(5), from which host-local takes a result's "dns".</summary>
internal static class ResolvConf
{
    /// <summary>Most bytes of such a file.</summary>
    public const int MaximumLength = 64 * 1024;

    /// <summary>Reads a file that a configuration names: a regular one, or it is a problem.</summary>
    public static DnsSettings Read(string path, ProblemList problems)
    {
        string why;
        try
        {
            if (!path.Contains('\0', StringComparison.Ordinal))
            {
                return Parse(RegularFile.ReadText(path, MaximumLength));
            }
            why = "is no path";
        }
        catch (InvalidDataException e)
        {
            why = e.Message;
        }
        catch (KernelException e)
        {
            why = $"cannot be read: {(e.Errno == Errno.ENOENT ? "no such file" : e.Errno.ToString())}";
        }
        problems.Add(
            CniErrorCode.InvalidConfiguration,
            $"\"ipam.resolvConf\": {path} {why}: name a file as in resolv.conf(5), at most {MaximumLength} bytes, or leave the key out");
        return DnsSettings.None;
    }

    public static DnsSettings Parse(string text)
    {
        List<string> servers = [];
        List<string> search = [];
        List<string> options = [];
        string domain = "";
        foreach (string line in text.Split('\n'))
        {
            string[] words = line.Split((char[])[' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2)
            {
                continue;
            }
            switch (words[0])
            {
                case "nameserver": servers.Add(words[1]); break;
                case "domain": domain = words[1]; break;
                case "search": search.AddRange(words[1..]); break;
                case "options": options.AddRange(words[1..]); break;
                default: break;     // a comment, or what a result has no place for
            }
        }
        return new DnsSettings(servers, domain, search, options);
    }
}
