using System.Net.Sockets;
using System.Text.Json;
using Weft.CniPlugin.Configuration;
using Weft.Dataplane.Native;

namespace Weft.CniPlugin.Results;

/// <summary>Writes a result in the format of a version (CNI specification, "Success").</summary>
internal static class ResultWriter
{
    /// <returns>UTF-8 with a final newline.</returns>
    public static byte[] Write(CniResult result, CniVersion version)
    {
        using var buffer = new MemoryStream(1024);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = PlainJsonEncoder.Instance }))
        {
            json.WriteStartObject();
            json.WriteString("cniVersion"u8, version.Text());
            json.WriteStartArray("interfaces"u8);
            foreach (ResultInterface item in result.Interfaces)
            {
                WriteInterface(json, item, version);
            }
            json.WriteEndArray();
            json.WriteStartArray("ips"u8);
            foreach (ResultAddress item in result.Addresses)
            {
                WriteAddress(json, item, version);
            }
            json.WriteEndArray();
            json.WriteStartArray("routes"u8);
            foreach (ResultRoute item in result.Routes)
            {
                WriteRoute(json, item, version);
            }
            json.WriteEndArray();
            if (!result.Dns.IsEmpty)
            {
                WriteDns(json, result.Dns);
            }
            json.WriteEndObject();
        }
        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    private static void WriteInterface(Utf8JsonWriter json, ResultInterface item, CniVersion version)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, item.Name);
        json.WriteString("mac"u8, item.Mac);
        if (item.Mtu > 0 && version >= CniVersion.V110)
        {
            json.WriteNumber("mtu"u8, item.Mtu);
        }
        if (item.Sandbox.Length > 0)
        {
            json.WriteString("sandbox"u8, item.Sandbox);
        }
        if (version >= CniVersion.V110)
        {
            if (item.SocketPath.Length > 0)
            {
                json.WriteString("socketPath"u8, item.SocketPath);
            }
            if (item.PciId.Length > 0)
            {
                json.WriteString("pciID"u8, item.PciId);
            }
        }
        json.WriteEndObject();
    }

    private static void WriteRoute(Utf8JsonWriter json, ResultRoute item, CniVersion version)
    {
        json.WriteStartObject();
        json.WriteString("dst"u8, $"{item.Destination}/{item.PrefixLength}");
        if (item.Gateway is not null)
        {
            json.WriteString("gw"u8, item.Gateway.ToString());
        }
        if (version >= CniVersion.V110)
        {
            WriteNumber(json, "mtu", item.Mtu);
            WriteNumber(json, "advmss", item.AdvertisedMss);
            WriteNumber(json, "priority", item.Priority);
            WriteNumber(json, "table", item.Table);
            WriteNumber(json, "scope", item.Scope);
        }
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string key, uint? value)
    {
        if (value is uint number)
        {
            json.WriteNumber(key, number);
        }
    }

    private static void WriteAddress(Utf8JsonWriter json, ResultAddress item, CniVersion version)
    {
        json.WriteStartObject();
        if (version < CniVersion.V100)
        {
            json.WriteString("version"u8, item.Address.AddressFamily == AddressFamily.InterNetwork ? "4"u8 : "6"u8);
        }
        if (item.InterfaceIndex is int index)
        {
            json.WriteNumber("interface"u8, index);
        }
        json.WriteString("address"u8, $"{item.Address}/{item.PrefixLength}");
        if (item.Gateway is not null)
        {
            json.WriteString("gateway"u8, item.Gateway.ToString());
        }
        json.WriteEndObject();
    }

    private static void WriteDns(Utf8JsonWriter json, DnsSettings dns)
    {
        json.WriteStartObject("dns"u8);
        WriteTexts(json, "nameservers", dns.Nameservers);
        if (dns.Domain.Length > 0)
        {
            json.WriteString("domain"u8, dns.Domain);
        }
        WriteTexts(json, "search", dns.Search);
        WriteTexts(json, "options", dns.Options);
        json.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter json, string key, IReadOnlyList<string> texts)
    {
        if (texts.Count == 0)
        {
            return;
        }
        json.WriteStartArray(key);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }
        json.WriteEndArray();
    }
}
