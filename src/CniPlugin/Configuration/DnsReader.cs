using System.Text.Json;
using Weft.CniPlugin.Errors;

namespace Weft.CniPlugin.Configuration;

/// <summary>Reads what a result's "dns" says. "ipam" yields to the configuration's own "dns", and that, list by list, to runtimeConfig's.</summary>
internal static class DnsReader
{
    public static DnsSettings Read(JsonElement root, IpamSettings ipam, ProblemList problems)
    {
        DnsSettings own = ReadObject(new JsonValues(root, "", problems).Object("dns"), "dns.", problems);
        if (own.IsEmpty)
        {
            own = ipam.Dns;
        }
        JsonElement? wish = new JsonValues(JsonKeys.Find(root, "runtimeConfig"), "runtimeConfig.", problems).Object("dns");
        var values = new JsonValues(wish, "runtimeConfig.dns.", problems);
        List<string> servers = values.Texts("servers");
        List<string> searches = values.Texts("searches");
        List<string> options = values.Texts("options");
        return own with
        {
            Nameservers = servers.Count > 0 ? servers : own.Nameservers,
            Search = searches.Count > 0 ? searches : own.Search,
            Options = options.Count > 0 ? options : own.Options,
        };
    }

    /// <summary>The specification's object: nameservers, domain, search, options.</summary>
    public static DnsSettings ReadObject(JsonElement? dns, string path, ProblemList problems)
    {
        if (dns is null)
        {
            return DnsSettings.None;
        }
        var values = new JsonValues(dns, path, problems);
        return new DnsSettings(values.Texts("nameservers"), values.Text("domain") ?? "", values.Texts("search"), values.Texts("options"));
    }
}
