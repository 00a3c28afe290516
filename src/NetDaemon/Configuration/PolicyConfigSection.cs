using System.Collections.Immutable;
using System.Globalization;
using Weft.Manifests.Yaml;
using Weft.Policy.Model;

namespace Weft.NetDaemon.Configuration;

/// <summary>Reads the object "policy" of weftd.yaml.</summary>
internal static class PolicyConfigSection
{
    private const string Key = "policy";

    /// <summary>What it says, or null when there is none.</summary>
    public static PolicyOptions? Read(FieldReader config)
    {
        FieldReader? fields = config.Object(Key);
        if (fields is null)
        {
            return null;
        }
        FieldReader? failSafe = fields.Object("failSafePorts");
        var settings = new PolicySettings(
            new FailSafePorts(
                ReadPorts(failSafe, "ingress") ?? FailSafePorts.Default.Ingress,
                ReadPorts(failSafe, "egress") ?? FailSafePorts.Default.Egress),
            fields.Flag("ownNodeAlwaysReachable") ?? false);
        var options = new PolicyOptions(settings, fields.Flag("keepEstablished") ?? false);
        failSafe?.RejectUnknown();
        fields.RejectUnknown();
        return options;
    }

    private static ImmutableArray<PortRule.Numbered>? ReadPorts(FieldReader? fields, string key)
    {
        if (fields?.List(key) is not { } list)
        {
            return null;
        }
        ImmutableArray<PortRule.Numbered>.Builder ports = ImmutableArray.CreateBuilder<PortRule.Numbered>();
        foreach (YamlNode item in list.Items)
        {
            if (item is YamlScalar scalar && Parse(scalar.Text) is { } port)
            {
                ports.Add(port);
            }
            else
            {
                fields.Refuse(key, $"{(item is YamlScalar other ? Quoted.Text(other.Text) : item.Noun)} is no port; write its protocol and number, such as tcp/22 or udp/6000-6010");
            }
        }
        return ports.DrainToImmutable();
    }

    private static PortRule.Numbered? Parse(string text)
    {
        string[] parts = text.Split('/');
        L4Protocol? protocol = parts[0] switch { "tcp" => L4Protocol.Tcp, "udp" => L4Protocol.Udp, "sctp" => L4Protocol.Sctp, _ => null };
        string[] range = parts.Length == 2 ? parts[1].Split('-') : [];
        return protocol is { } known && range.Length is 1 or 2 && TryNumber(range[0], out ushort first) && TryNumber(range[^1], out ushort last) && first <= last
            ? new PortRule.Numbered(known, new PortRange(first, last))
            : null;
    }

    private static bool TryNumber(string text, out ushort number) => ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;
}
