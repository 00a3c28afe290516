using System.Net;
using System.Text.Json;
using Google.Protobuf;
using Weft.CniPlugin.Errors;
using Weft.CniPlugin.Results;
using Weft.Contracts.Cni;

namespace Weft.CniPlugin.Configuration;

/// <summary>Reads "ipam" of a configuration that was written for host-local or static. weftd gives the addresses; other IPAM plugins are refused.</summary>
internal static class IpamReader
{
    // Of the specification's 1.1.0; each would change where packets go, and Weft's routes have none of them.
    private static readonly string[] RouteExtras = ["mtu", "advmss", "priority", "table", "scope"];

    public static IpamSettings Read(JsonElement root, ProblemList problems)
    {
        if (new JsonValues(root, "", problems).Object("ipam") is not JsonElement ipam)
        {
            return IpamSettings.None;
        }
        var values = new JsonValues(ipam, "ipam.", problems);
        string type = values.Text("type") ?? "";
        List<AddressRange> ranges = [];
        List<IPAddress> addresses = [];
        List<IPAddress> gateways = [];
        switch (type)
        {
            case "" or "host-local":
                ReadRanges(ipam, ranges, problems);
                break;
            case "static":
                ReadStatic(values, ranges, addresses, gateways, problems);
                break;
            case "dhcp":
                problems.Add(CniErrorCode.UnsupportedField,
                    "\"ipam.type\" is \"dhcp\", and Weft's containers are not on a network with a DHCP server: remove \"ipam\", or give \"ranges\" as for host-local");
                break;
            default:
                problems.Add(CniErrorCode.UnsupportedField,
                    $"\"ipam.type\" is \"{type}\", and weftd gives out the addresses itself: remove \"ipam\", or write it as for \"host-local\" or \"static\"");
                break;
        }
        foreach (AddressRange range in ranges)
        {
            gateways.Add(GatewayOf(range));
        }
        return new IpamSettings
        {
            Ranges = ranges,
            Addresses = addresses,
            Routes = ReadRoutes(values, gateways, problems),
            IsStatic = type == "static",
            IsHostLocal = type == "host-local",
            IsOfReferencePlugin = type.Length > 0 || ranges.Count > 0,
            Dns = ReadDns(values, type, problems),
        };
    }

    private static void ReadRanges(JsonElement ipam, List<AddressRange> ranges, ProblemList problems)
    {
        // The older form, one range without lists; host-local puts it before "ranges" too.
        if (JsonKeys.FindText(ipam, "subnet") is { Length: > 0 } && AddressRangeReader.ReadOne(ipam, "ipam.", 0, problems) is AddressRange range)
        {
            ranges.Add(range);
        }
        AddressRangeReader.ReadLists(ipam, "ipam.", "ranges", ranges, problems);
    }

    // The subnet of a static address becomes a range of the network: the address must be in one.
    private static void ReadStatic(JsonValues values, List<AddressRange> ranges, List<IPAddress> addresses, List<IPAddress> gateways, ProblemList problems)
    {
        foreach (JsonElement element in values.List("addresses"))
        {
            string text = JsonKeys.FindText(element, "address") ?? "";
            if (!IPNetworkText.TryParse(text, out IPAddress? address, out int length))
            {
                problems.Add(CniErrorCode.InvalidConfiguration, $"\"ipam.addresses\" has {JsonKeys.Shown(element)}, whose \"address\" is no ADDRESS/LENGTH");
                continue;
            }
            addresses.Add(address);
            IPAddress? gateway = null;
            if (JsonKeys.FindText(element, "gateway") is { Length: > 0 } given)
            {
                gateway = AddressText.Parse(given);
                if (gateway is null)
                {
                    problems.Add(CniErrorCode.InvalidConfiguration, $"\"ipam.addresses.gateway\": \"{given}\" is no IP address");
                    continue;
                }
                gateways.Add(gateway);
            }
            if (length <= (address.GetAddressBytes().Length * 8) - 2)
            {
                ranges.Add(new AddressRange
                {
                    List = (uint)ranges.Count,
                    Subnet = new Prefix { Ip = ByteString.CopyFrom(AddressRangeReader.Masked(address, length).GetAddressBytes()), Length = (uint)length },
                    Gateway = gateway is null || gateway.AddressFamily != address.AddressFamily ? ByteString.Empty : ByteString.CopyFrom(gateway.GetAddressBytes()),
                });
            }
        }
    }

    private static List<IPNetwork> ReadRoutes(JsonValues values, List<IPAddress> gateways, ProblemList problems)
    {
        List<IPNetwork> routes = [];
        foreach (JsonElement element in values.List("routes"))
        {
            string text = JsonKeys.FindText(element, "dst") ?? "";
            if (!IPNetworkText.TryParse(text, out IPAddress? destination, out int length))
            {
                problems.Add(CniErrorCode.InvalidConfiguration, $"\"ipam.routes\" has {JsonKeys.Shown(element)}, whose \"dst\" is no ADDRESS/LENGTH");
                continue;
            }
            if (JsonKeys.FindText(element, "gw") is { Length: > 0 } via && !(AddressText.Parse(via) is IPAddress gateway && gateways.Contains(gateway)))
            {
                problems.Add(CniErrorCode.UnsupportedField,
                    $"\"ipam.routes\" has {JsonKeys.Shown(element)}: a container's only next hop is its network's gateway. Leave \"gw\" out, and route {text} on the node");
            }
            foreach (string extra in RouteExtras)
            {
                if (JsonKeys.Find(element, extra) is JsonElement value)
                {
                    problems.Add(CniErrorCode.UnsupportedField, $"\"ipam.routes.{extra}\" is {JsonKeys.Shown(value)}, and weft-cni cannot set it: leave it out");
                }
            }
            var route = new IPNetwork(AddressRangeReader.Masked(destination, length), length);
            if (!routes.Contains(route))
            {
                routes.Add(route);
            }
        }
        return routes;
    }

    private static DnsSettings ReadDns(JsonValues values, string type, ProblemList problems)
    {
        if (type == "host-local" && values.Text("resolvConf") is { Length: > 0 } path)
        {
            return ResolvConf.Read(path, problems);
        }
        return type == "static" ? DnsReader.ReadObject(values.Object("dns"), "ipam.dns.", problems) : DnsSettings.None;
    }

    /// <summary>The range's gateway, or host-local's default: the first address behind the subnet's own.</summary>
    public static IPAddress GatewayOf(AddressRange range)
    {
        if (!range.Gateway.IsEmpty)
        {
            return new IPAddress(range.Gateway.Span);
        }
        byte[] first = range.Subnet.Ip.ToByteArray();
        first[^1] |= 1;
        return new IPAddress(first);
    }
}
