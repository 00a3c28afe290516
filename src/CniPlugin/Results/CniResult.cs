using Weft.CniPlugin.Configuration;

namespace Weft.CniPlugin.Results;

/// <summary>What an ADD made, apart from any version of the format.</summary>
internal sealed record CniResult(
    IReadOnlyList<ResultInterface> Interfaces, IReadOnlyList<ResultAddress> Addresses, IReadOnlyList<ResultRoute> Routes, DnsSettings Dns)
{
    /// <summary>Whether a container has an interface of that name already, as far as the result says.</summary>
    public bool Has(string interfaceName, string sandbox)
    {
        foreach (ResultInterface item in Interfaces)
        {
            if (item.Name == interfaceName && item.Sandbox == sandbox)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>This result, and behind it what the next plugin of the list made. A "dns" of that plugin's own replaces this one's.</summary>
    public CniResult Followed(CniResult next)
    {
        List<ResultAddress> addresses = [.. Addresses];
        foreach (ResultAddress address in next.Addresses)
        {
            addresses.Add(address with { InterfaceIndex = address.InterfaceIndex + Interfaces.Count });
        }
        return new CniResult([.. Interfaces, .. next.Interfaces], addresses, [.. Routes, .. next.Routes], next.Dns.IsEmpty ? Dns : next.Dns);
    }
}
