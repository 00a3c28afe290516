using System.Net;
using Weft.NetDaemon.Manifests;
using Weft.NetDaemon.Nodes;
using Weft.Manifests.Yaml;

namespace Weft.NetDaemon.Configuration;

/// <summary>Reads what weftd.yaml says of the underlay, and of the node's labels.</summary>
internal static class UnderlayFields
{
    /// <summary>How the uplink is chosen; what is not stated is as in the defaults.</summary>
    public static UnderlayChoice Read(FieldReader fields, UnderlayChoice defaults)
    {
        var read = new UnderlayChoice
        {
            Interface = ConfigFile.Checked(fields, "uplink", UnderlayRules.CheckUplink) ?? defaults.Interface,
            RouteTo = ReadAddresses(fields, "uplinkRouteTo") ?? defaults.RouteTo,
            Addresses = ReadAddresses(fields, "underlayAddresses") ?? defaults.Addresses,
            DirectRouting = fields.Flag("directRouting") ?? defaults.DirectRouting,
        };
        if (UnderlayRules.CheckTogether(read) is { } wrong)
        {
            fields.Refuse("uplinkRouteTo", wrong);
        }
        return read;
    }

    /// <summary>The node's labels, or null.</summary>
    public static IReadOnlyDictionary<string, string>? ReadLabels(FieldReader fields)
    {
        if (!fields.Has("labels"))
        {
            return null;
        }
        IReadOnlyDictionary<string, string> labels = SelectorFields.ReadLabels(fields, "labels");
        if (labels.ContainsKey(Networks.PoolSelection.NameLabel))
        {
            fields.Refuse("labels", $"{Networks.PoolSelection.NameLabel} is the node's name by itself; leave it out");
        }
        return labels;
    }

    private static List<IPAddress>? ReadAddresses(FieldReader fields, string key)
    {
        YamlNode? value = fields.Any(key);
        IReadOnlyList<YamlNode> items;
        switch (value)
        {
            case null:
                return null;
            case YamlList list:
                items = list.Items;
                break;
            case YamlScalar one:
                items = [one];
                break;
            default:
                fields.Refuse(key, $"must be an address, or a list of an IPv4 and an IPv6 address, not {value.Noun}");
                return null;
        }
        List<IPAddress> addresses = [];
        foreach (YamlNode item in items)
        {
            string? problem = item is YamlScalar scalar ? UnderlayRules.CheckAddress(scalar.Text) : $"must be a list of addresses, and one is {item.Noun}";
            if (problem is not null)
            {
                fields.Refuse(key, problem);
                continue;
            }
            addresses.Add(UnderlayRules.Parse(((YamlScalar)item).Text));
        }
        if (UnderlayRules.CheckFamilies(addresses) is { } wrong)
        {
            fields.Refuse(key, wrong);
        }
        return addresses;
    }
}
