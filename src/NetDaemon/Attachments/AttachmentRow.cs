using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Microsoft.Data.Sqlite;
using Weft.Contracts.Cni;

namespace Weft.NetDaemon.Attachments;

/// <summary>An attachment as a row of local.db. The order of columns is known here alone.</summary>
internal static class AttachmentRow
{
    /// <summary>All columns but the id.</summary>
    public const string Columns = """
        cni_network, container_id, interface_name, state, netns, netns_device, netns_inode, weft_network, endpoint_namespace, endpoint_name,
        endpoint_uid, labels, host_interface, host_mac, container_mac, mtu, addresses, boot_id, created_ms, options
        """;

    /// <summary>A parameter for each of <see cref="Columns"/>.</summary>
    public const string Parameters = "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20";

    /// <summary>Values of <see cref="Columns"/> for a new attachment, which is pending.</summary>
    public static object[] Values(AttachmentRecord record) =>
    [
        record.Key.Network, record.Key.ContainerId, record.Key.InterfaceName, (long)AttachmentState.Pending,
        record.Netns, (long)record.NetnsDevice, (long)record.NetnsInode,   // as bits: SQLite's integers are signed
        record.WeftNetwork, record.EndpointNamespace, record.EndpointName, record.EndpointUid, LabelsText(record.Labels),
        record.HostInterface, record.HostMac.ToArray(), record.ContainerMac.ToArray(), record.Mtu,
        AddressesText(record.Addresses), record.BootId, record.Created.ToUnixTimeMilliseconds(), record.Options.ToByteArray(),
    ];

    /// <summary>Reads the id and <see cref="Columns"/>.</summary>
    public static AttachmentRecord Read(SqliteDataReader row) => new()
    {
        Id = (ulong)row.GetInt64(0),
        Key = new AttachmentKey(row.GetString(1), row.GetString(2), row.GetString(3)),
        State = (AttachmentState)row.GetInt32(4),
        Netns = row.GetString(5),
        NetnsDevice = (ulong)row.GetInt64(6),
        NetnsInode = (ulong)row.GetInt64(7),
        WeftNetwork = row.GetString(8),
        EndpointNamespace = row.GetString(9),
        EndpointName = row.GetString(10),
        EndpointUid = row.GetString(11),
        Labels = Labels(row.GetString(12)),
        HostInterface = row.GetString(13),
        HostMac = row.GetFieldValue<byte[]>(14),
        ContainerMac = row.GetFieldValue<byte[]>(15),
        Mtu = row.GetInt32(16),
        Addresses = Addresses(row.GetString(17)),
        BootId = row.GetString(18),
        Created = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(19)),
        Options = AttachmentOptions.Parser.ParseFrom(row.GetFieldValue<byte[]>(20)),
    };

    private static string AddressesText(IEnumerable<AttachmentAddress> addresses) =>
        string.Join('\n', addresses.Select(a => $"{a.Address}/{a.PrefixLength} {a.Gateway}"));

    private static List<AttachmentAddress> Addresses(string text)
    {
        List<AttachmentAddress> addresses = [];
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = line.Split('/', ' ');
            addresses.Add(new AttachmentAddress(
                IPAddress.Parse(parts[0]), int.Parse(parts[1], CultureInfo.InvariantCulture), IPAddress.Parse(parts[2])));
        }
        return addresses;
    }

    /// <summary>The column "labels".</summary>
    public static string LabelsText(IReadOnlyDictionary<string, string> labels)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach ((string name, string value) in labels)
            {
                writer.WriteString(name, value);
            }
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    private static Dictionary<string, string> Labels(string text)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        return document.RootElement.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString() ?? "");
    }
}
