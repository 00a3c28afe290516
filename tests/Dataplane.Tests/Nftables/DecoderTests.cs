using CsCheck;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables;
using Weft.Dataplane.Nftables.Reading;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Tests.Nftables;

public class DecoderTests
{
    private static readonly Gen<byte[]> Attributes = Gen.Recursive<byte[]>(static (depth, inner) =>
        (from type in Gen.UShort[0, 20]
         from value in depth < 4 ? Gen.OneOf(Gen.Byte.Array[0, 24], inner) : Gen.Byte.Array[0, 24]
         from slack in Gen.Int[-2, 2]
         select Attribute(type, value, slack))
        .Array[0, 8].Select(static parts => parts.SelectMany(static part => part).ToArray()));

    [Fact]
    public void Decoders_throw_nothing_but_malformed() => Gen.OneOf(Attributes, Gen.Byte.Array[0, 200]).Sample(
        payload =>
        {
            foreach (NftMessage type in Enum.GetValues<NftMessage>())
            {
                Try(type, payload, static (in NetlinkMessage message) => NftDecoder.Table(message));
                Try(type, payload, static (in NetlinkMessage message) => NftDecoder.Chain(message));
                Try(type, payload, static (in NetlinkMessage message) => NftDecoder.Rule(message));
                Try(type, payload, static (in NetlinkMessage message) => NftDecoder.Set(message));
                Try(type, payload, static (in NetlinkMessage message) => NftDecoder.Counter(message));
                Try(type, payload, static (in NetlinkMessage message) => NftDecoder.Generation(message));
                foreach (NftSet set in new[] { Layout.Pools4, Layout.Sources, Layout.Egress })
                {
                    Try(type, payload, (in NetlinkMessage message) =>
                    {
                        var decoder = new ElementDecoder(set);
                        decoder.Decode(message);
                        foreach (NftElement element in decoder.Finish())
                        {
                            element.Format(set);
                        }
                    });
                }
            }
        },
        iter: 2000);

    private delegate void Decode(in NetlinkMessage message);

    private static void Try(NftMessage type, byte[] payload, Decode decode)
    {
        byte[] bytes = new byte[16 + 4 + payload.Length];
        BitConverter.TryWriteBytes(bytes, (uint)bytes.Length);
        BitConverter.TryWriteBytes(bytes.AsSpan(4), NfGenHeader.Type(type));
        payload.CopyTo(bytes, 20);
        try
        {
            var reader = new NetlinkMessageReader(bytes);
            Assert.True(reader.TryRead(out NetlinkMessage message));
            decode(message);
        }
        catch (MalformedNetlinkException)
        {
            // what malformed bytes are to cause
        }
    }

    private static byte[] Attribute(ushort type, byte[] value, int slack)
    {
        byte[] bytes = new byte[4 + ((value.Length + 3) & ~3)];
        BitConverter.TryWriteBytes(bytes, (ushort)Math.Max(0, 4 + value.Length + (slack is 2 ? 1 : 0)));
        BitConverter.TryWriteBytes(bytes.AsSpan(2), type);
        value.CopyTo(bytes, 4);
        return bytes;
    }
}
