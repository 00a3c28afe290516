using Weft.CniPlugin.Errors;

namespace Weft.CniPlugin.Configuration;

/// <summary>A file in the format of resolv.conf(5), from which host-local takes a result's "dns".</summary>
internal static class ResolvConf
{
    public static DnsSettings Read(string path, ProblemList problems)
    {
        try
        {
            return Parse(File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            problems.Add(CniErrorCode.InvalidConfiguration, $"\"ipam.resolvConf\": {path} cannot be read: {e.Message}");
            return DnsSettings.None;
        }
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
