using CsCheck;
using Weft.Dataplane.Conntrack;
using Weft.Dataplane.Ethtool;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables;
using Weft.Dataplane.Route.Wire;
using Weft.TestSupport;

namespace Weft.Dataplane.Tests.Netlink;

/// <summary>Whatever the bytes, a reader reads them or throws <see cref="MalformedNetlinkException"/>: nothing else, and it ends.</summary>
public sealed class HostileBytesTests
{
    private static readonly ConntrackSelection Selection = new ConntrackSelection().Add(System.Net.IPAddress.Parse("10.0.0.1")).Add(17, 53);

    private static readonly ushort[] Types =
    [
        NetlinkMessage.ErrorType, NetlinkMessage.DoneType, RouteMessageType.NewLink, RouteMessageType.DeleteLink, RouteMessageType.NewAddress,
        RouteMessageType.NewRoute, RouteMessageType.NewNeighbour, RouteMessageType.NewRule, RouteMessageType.NewNexthop, RouteMessageType.NewQdisc, RouteMessageType.NewClass, RouteMessageType.NewFilter, 0x100,
    ];

    private static readonly byte[] Families = [0, 2, 7, 10];

    [Fact]
    public void Random_bytes_are_read_or_refused() => Gen.Byte.Array[0, 300].Sample(ReadAll, iter: 20_000);

    [Fact]
    public void Random_bytes_behind_a_good_header_are_read_or_refused() =>
        Gen.Select(Gen.Int[0, Types.Length - 1], Gen.Int[0, Families.Length - 1], Gen.Byte.Array[0, 200], (type, family, body) =>
        {
            byte[] bytes = new byte[16 + body.Length];
            body.CopyTo(bytes, 16);
            if (body.Length > 0)
            {
                bytes[16] = Families[family];
            }
            BitConverter.TryWriteBytes(bytes, (uint)bytes.Length);
            BitConverter.TryWriteBytes(bytes.AsSpan(4), Types[type]);
            return bytes;
        }).Sample(ReadAll, iter: 20_000);

    [KernelFact]
    public void Messages_of_the_kernel_with_some_bytes_changed_are_read_or_refused()
    {
        using var space = new NamespacePair();
        byte[][] messages = [.. Recorded(space)];
        Assert.NotEmpty(messages);
        Gen.Select(Gen.Int[0, messages.Length - 1], Gen.Select(Gen.UShort, Gen.Byte).Array[1, 6]).Sample(
            (index, changes) =>
            {
                byte[] changed = [.. messages[index]];
                foreach ((ushort position, byte value) in changes)
                {
                    changed[position % changed.Length] = value;
                }
                ReadAll(changed);
            },
            iter: 20_000);
    }

    private static List<byte[]> Recorded(NamespacePair pair)
    {
        var recorded = new List<byte[]>();
        using NetlinkSocket socket = NetlinkSocket.Open(NetlinkProtocol.Route, pair.Left.Namespace);
        foreach (ushort type in (ushort[])[RouteMessageType.GetLink, RouteMessageType.GetAddress, RouteMessageType.GetRoute,
            RouteMessageType.GetNeighbour, RouteMessageType.GetRule])
        {
            var request = new NetlinkBatch();
            NetlinkWriter writer = request.Begin(type, NetlinkMessageFlags.Dump);
            writer.WriteHeader(default(ulong));
            if (type != RouteMessageType.GetAddress)
            {
                writer.WriteHeader(default(uint));
            }
            if (type == RouteMessageType.GetLink)
            {
                writer.WriteHeader(default(uint));
            }
            request.End(ref writer, "dump");
            socket.Dump<object>(request, (in NetlinkMessage message) =>
            {
                byte[] bytes = new byte[16 + message.Payload.Length];
                BitConverter.TryWriteBytes(bytes, (uint)bytes.Length);
                BitConverter.TryWriteBytes(bytes.AsSpan(4), message.Type);
                message.Payload.CopyTo(bytes.AsSpan(16));
                recorded.Add(bytes);
                return null;
            });
        }
        return recorded;
    }

    private static void ReadAll(byte[] bytes)
    {
        Try(bytes, static (in NetlinkMessage message) => RouteEventDecoder.Decode(message));
        Try(bytes, static (in NetlinkMessage message) => NetlinkError.TryRead(message, out NetlinkError error) ? error.Text : null);
        Try(bytes, static (in NetlinkMessage message) => ConntrackDecoder.Decode(message, null));
        Try(bytes, static (in NetlinkMessage message) => ConntrackDecoder.Decode(message, Selection));
        Try(bytes, static (in NetlinkMessage message) => NftRuleOutline.Of(new NftRuleInfo("c", 1, null, message.Payload.ToArray())));
        Try(bytes, static (in NetlinkMessage message) =>
        {
            var sets = new FeatureSets();
            sets.Read(message.Attributes(4));
            return sets.ToList();
        });
    }

    private static void Try(byte[] bytes, NetlinkDecoder<object> decode)
    {
        try
        {
            var messages = new NetlinkMessageReader(bytes);
            while (messages.TryRead(out NetlinkMessage message))
            {
                decode(message);
            }
        }
        catch (MalformedNetlinkException e)
        {
            Assert.NotEmpty(e.Message);
        }
    }
}
