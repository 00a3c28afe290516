using System.Globalization;
using Weft.Contracts.V1;
using Weft.Manifests.Yaml;
using Weft.Policy.Labels;
using Weft.Policy.Model;

namespace Weft.Policy.Objects;

/// <summary>Reads the ports and blocks that NetworkPolicy and HostPolicy have in common.</summary>
internal static class PortFields
{
    private const string PortMeaning = "a port of 1 to 65535";

    public static void Read(FieldReader rule, ICollection<NetworkPolicyPort> into) => Lists.ForEach(rule, "ports", int.MaxValue, item =>
    {
        var port = new NetworkPolicyPort { Protocol = item.Text("protocol") ?? "" };
        if (port.Protocol.Length > 0 && L4Protocols.FromManifest(port.Protocol) is null)
        {
            item.Refuse("protocol", $"{Quoted.Text(port.Protocol)} is not known; known are TCP, UDP, SCTP");
        }
        ReadPort(item, port);
        if (item.Number("endPort", 1, 65535, PortMeaning) is { } end)
        {
            port.EndPort = end;
            if (port.PortCase != NetworkPolicyPort.PortOneofCase.Number)
            {
                item.Refuse("endPort", item.Has("port") ? "goes with a numeric port only" : "needs port: where the range begins");
            }
            else if (end < port.Number)
            {
                item.Refuse("endPort", $"{end} is below port {port.Number}");
            }
        }
        item.RejectUnknown();
        into.Add(port);
    });

    /// <summary>An ipBlock, or null.</summary>
    public static IPBlock? ReadBlock(FieldReader peer)
    {
        if (peer.Object("ipBlock") is not { } fields)
        {
            return null;
        }
        var block = new IPBlock { Cidr = fields.Text("cidr", required: true) ?? "" };
        Cidr? range = block.Cidr.Length == 0 ? null : BlockText.Parse(block.Cidr);
        if (range is null && fields.Has("cidr") && block.Cidr.Length > 0)
        {
            fields.Refuse("cidr", $"{Quoted.Text(block.Cidr)} is not a range such as 10.0.0.0/8 or fd00::/8");
        }
        foreach (string text in Lists.Texts(fields, "except", int.MaxValue))
        {
            block.Except.Add(text);
            if (BlockText.Parse(text) is not { } except)
            {
                fields.Refuse("except", $"{Quoted.Text(text)} is not a range such as 10.1.0.0/16");
            }
            else if (range is { } whole && (!whole.Contains(except) || except.PrefixLength == whole.PrefixLength))
            {
                fields.Refuse("except", $"{Quoted.Text(text)} is not inside {whole} and smaller");
            }
        }
        fields.RejectUnknown();
        return block;
    }

    private static void ReadPort(FieldReader item, NetworkPolicyPort port)
    {
        switch (item.Any("port"))
        {
            case YamlScalar { IsNumber: true } number:
                if (uint.TryParse(number.Text, NumberStyles.None, CultureInfo.InvariantCulture, out uint value) && value is > 0 and <= 65535)
                {
                    port.Number = value;
                }
                else
                {
                    item.Refuse("port", $"{Quoted.Bare(number.Text)} is not {PortMeaning}");
                }
                break;
            case YamlScalar { IsNull: false, IsBoolean: false } name:
                if (LabelRules.CheckPortName(name.Text) is { } wrong)
                {
                    item.Refuse("port", $"{Quoted.Text(name.Text)} {wrong}{(name.Text.All(char.IsAsciiDigit) ? "; write the number without quotes" : "")}");
                }
                port.Name = name.Text;
                break;
            case null or YamlScalar { IsNull: true }:
                break;
            case var other:
                item.Refuse("port", $"must be a number or the name of a port, not {other.Noun}");
                break;
        }
    }
}
