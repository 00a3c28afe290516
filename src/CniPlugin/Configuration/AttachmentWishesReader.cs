using System.Text.Json;
using Google.Protobuf;
using Weft.CniPlugin.Errors;
using Weft.CniPlugin.Invocation;
using Weft.CniPlugin.Tuning;
using Weft.Contracts.Cni;

namespace Weft.CniPlugin.Configuration;

/// <summary>
/// Reads the wishes of an ADD. Where several places name one, the configuration's own keys yield to CNI_ARGS, these to "args.cni", and that to "runtimeConfig"
/// (CNI conventions: "CNI_ARGS is deprecated").
/// </summary>
internal static class AttachmentWishesReader
{
    private const int LeastNetworkMtu = 1280;      // RFC 8200 section 5; weftd asks the same of a Network
    private const int MostMtu = 65535;

    public static AttachmentWishes Read(JsonElement root, CniArguments arguments, ProblemList problems)
    {
        var own = new JsonValues(root, "", problems);
        JsonElement? args = JsonKeys.Find(JsonKeys.Find(root, "args"), "cni");
        JsonElement? runtime = own.Object("runtimeConfig");
        ReferenceKeyReader.Read(root, runtime, problems);
        IpamSettings ipam = IpamReader.Read(root, problems);
        uint mtu = ReadMtu(own, problems);
        bool masquerade = own.Flag("ipMasq") ?? false;
        bool defaultGateway = own.Flag("isDefaultGateway") ?? false;
        List<AddressRange> ranges = ReadRanges(runtime, ipam, problems);
        return new AttachmentWishes
        {
            Mac = AddressWishesReader.ReadMac(root, args, runtime, arguments, problems),
            Addresses = AddressWishesReader.ReadAddresses(ipam.Addresses, args, runtime, arguments, problems),
            Labels = LabelReader.Read(JsonKeys.Find(args, "labels"), problems),
            Ports = PortMappingReader.Read(root, runtime, problems),
            Bandwidth = BandwidthReader.Read(root, runtime, problems),
            Exact = ipam.IsStatic,
            // A static address says itself which range it is from.
            Ranges = ipam.IsStatic ? [] : ranges,
            Template = ToTemplate(ipam, ranges, masquerade, mtu, own),
            Aliases = ReadAliases(runtime, JsonKeys.FindText(root, "name") ?? "", problems),
            CgroupPath = new JsonValues(runtime, "runtimeConfig.", problems).Text("cgroupPath") ?? "",
            Routes = RouteWishes.From(ipam, defaultGateway),
            Dns = DnsReader.Read(root, ipam, problems),
            Mtu = (int)mtu,
            Tuning = TuningReader.Read(root, args, SysctlAllowList.DefaultPath, problems),
        };
    }

    /// <summary>What STATUS needs: which ranges an address would be from, and what the configuration says of its network.</summary>
    public static (IReadOnlyList<AddressRange> Ranges, NetworkTemplate? Template) ReadNetwork(JsonElement root, ProblemList problems)
    {
        var own = new JsonValues(root, "", problems);
        IpamSettings ipam = IpamReader.Read(root, problems);
        List<AddressRange> ranges = ReadRanges(own.Object("runtimeConfig"), ipam, problems);
        // Which static address is free is a matter of each ADD.
        return ipam.IsStatic ? ([], null) : (ranges, ToTemplate(ipam, ranges, own.Flag("ipMasq") ?? false, ReadMtu(own, problems), own));
    }

    private static List<AddressRange> ReadRanges(JsonElement? runtime, IpamSettings ipam, ProblemList problems)
    {
        List<AddressRange> ranges = [];
        AddressRangeReader.ReadLists(runtime, "runtimeConfig.", "ipRanges", ranges, problems);
        uint shift = ranges.Count == 0 ? 0 : ranges[^1].List + 1;
        foreach (AddressRange range in ipam.Ranges)
        {
            AddressRange shifted = range.Clone();
            shifted.List += shift;
            ranges.Add(shifted);
        }
        foreach (AddressRange range in ranges)
        {
            // host-local keeps its default gateway free too; the bridge of an earlier configuration may still have it.
            if (ipam.IsHostLocal && range.Gateway.IsEmpty)
            {
                range.Gateway = ByteString.CopyFrom(IpamReader.GatewayOf(range).GetAddressBytes());
            }
        }
        return ranges;
    }

    // Whoever names a Weft Network has it already.
    private static NetworkTemplate? ToTemplate(IpamSettings ipam, List<AddressRange> ranges, bool masquerade, uint mtu, JsonValues own)
    {
        if (!ipam.IsOfReferencePlugin || ranges.Count == 0 || own.Find("network") is not null)
        {
            return null;
        }
        var template = new NetworkTemplate { Masquerade = masquerade, Mtu = mtu };
        template.Ranges.AddRange(ranges);
        return template;
    }

    private static uint ReadMtu(JsonValues own, ProblemList problems)
    {
        ulong mtu = own.Number("mtu", MostMtu) ?? 0;
        if (mtu is > 0 and < LeastNetworkMtu)
        {
            problems.Add(CniErrorCode.InvalidConfiguration, $"\"mtu\" is {mtu}, and must be {LeastNetworkMtu} to {MostMtu} bytes, or 0 for the network's");
        }
        return (uint)mtu;
    }

    /// <summary>The conventions' list of names; or, as Podman sends it, an object of such lists by network.</summary>
    private static List<string> ReadAliases(JsonElement? runtime, string network, ProblemList problems)
    {
        if (JsonKeys.Find(runtime, "aliases") is { ValueKind: JsonValueKind.Object } byNetwork)
        {
            foreach (JsonProperty property in byNetwork.EnumerateObject())
            {
                // Names of networks differ in case, unlike keys of the configuration.
                if (property.Name == network)
                {
                    return new JsonValues(byNetwork, "runtimeConfig.aliases.", problems).TextsOf(network, property.Value);
                }
            }
            return [];
        }
        return new JsonValues(runtime, "runtimeConfig.", problems).Texts("aliases");
    }
}
