using System.Text;
using CsCheck;
using Weft.Dataplane.Netlink;

namespace Weft.Dataplane.Tests.Netlink;

public sealed class NetlinkWriterTests
{
    [Fact]
    public void What_is_written_is_read_back_in_order() => Gen.Select(
            Gen.UShort[1, 0x3fff], Gen.UShort, Gen.UInt, Gen.ULong, Gen.Byte.Array[0, 60], Gen.String[Gen.Char['a', 'z'], 0, 30])
        .Sample((type, word, number, wide, bytes, text) =>
        {
            byte[] message = Write((ref NetlinkWriter writer) =>
            {
                writer.WriteFlag(type);
                writer.WriteUInt16(type, word);
                writer.WriteUInt16BigEndian(type, word);
                writer.WriteUInt32(type, number);
                writer.WriteUInt32BigEndian(type, number);
                writer.WriteUInt64(type, wide);
                writer.WriteUInt64BigEndian(type, wide);
                writer.WriteBytes(type, bytes);
                writer.WriteString(type, text);
            });
            AttributeReader reader = AttributesOf(message);
            Assert.Equal(0, Next(ref reader, type).Value.Length);
            Assert.Equal(word, Next(ref reader, type).UInt16);
            Assert.Equal(word, Next(ref reader, type).UInt16BigEndian);
            Assert.Equal(number, Next(ref reader, type).UInt32);
            Assert.Equal(number, Next(ref reader, type).UInt32BigEndian);
            Assert.Equal(wide, Next(ref reader, type).UInt64);
            Assert.Equal(wide, Next(ref reader, type).UInt64BigEndian);
            Assert.True(Next(ref reader, type).Value.SequenceEqual(bytes));
            Assert.Equal(text, Next(ref reader, type).String);
            Assert.False(reader.TryRead(out _));
        });

    [Fact]
    public void Nested_attributes_end_where_their_last_child_ends()
    {
        byte[] message = Write(static (ref NetlinkWriter writer) =>
        {
            NestedAttribute outer = writer.BeginNested(5);
            writer.WriteByte(1, 7);
            NestedAttribute inner = writer.BeginNested(2);
            writer.WriteString(3, "abc");
            writer.EndNested(inner);
            writer.EndNested(outer);
            writer.WriteUInt32(6, 9);
        });
        AttributeReader reader = AttributesOf(message);
        AttributeReader outer = Next(ref reader, 5).Nested;
        Assert.Equal(7, Next(ref outer, 1).Byte);
        AttributeReader inner = Next(ref outer, 2).Nested;
        Assert.Equal("abc", Next(ref inner, 3).String);
        Assert.False(inner.TryRead(out _));
        Assert.False(outer.TryRead(out _));
        Assert.Equal(9u, Next(ref reader, 6).UInt32);
    }

    [Fact]
    public void A_message_that_does_not_fit_is_refused_before_a_byte_is_written_beyond_the_end()
    {
        byte[] buffer = new byte[64];
        buffer.AsSpan(32).Fill(0xee);
        Assert.Throws<MalformedNetlinkException>(() =>
        {
            var writer = new NetlinkWriter(buffer.AsSpan(0, 32), 16, NetlinkMessageFlags.None);
            writer.WriteUInt64(1, ulong.MaxValue);
            writer.WriteByte(2, 1);
        });
        Assert.All(buffer[32..], value => Assert.Equal(0xee, value));
    }

    [Fact]
    public void An_attribute_longer_than_its_length_field_is_refused()
    {
        byte[] buffer = new byte[200_000];
        Assert.Throws<MalformedNetlinkException>(() =>
        {
            var writer = new NetlinkWriter(buffer, 16, NetlinkMessageFlags.None);
            writer.WriteBytes(1, new byte[65_532]);
        });
        Assert.Throws<MalformedNetlinkException>(() =>
        {
            var writer = new NetlinkWriter(buffer, 16, NetlinkMessageFlags.None);
            NestedAttribute nested = writer.BeginNested(1);
            writer.WriteBytes(2, new byte[40_000]);
            writer.WriteBytes(2, new byte[40_000]);
            writer.EndNested(nested);
        });
    }

    [Fact]
    public void Text_is_utf8_with_a_final_zero()
    {
        byte[] message = Write(static (ref NetlinkWriter writer) => writer.WriteString(3, "w\u00e9ft"));
        AttributeReader reader = AttributesOf(message);
        Assert.True(Next(ref reader, 3).Value.SequenceEqual(Encoding.UTF8.GetBytes("w\u00e9ft\0")));
    }

    private static byte[] Write(WriteAction write)
    {
        byte[] buffer = new byte[4096];
        buffer.AsSpan().Fill(0xcc);     // what lay there before must not show in the padding
        var writer = new NetlinkWriter(buffer, 16, NetlinkMessageFlags.Ack);
        write(ref writer);
        return buffer[..writer.Finish()];
    }

    private static AttributeReader AttributesOf(byte[] bytes)
    {
        var messages = new NetlinkMessageReader(bytes);
        Assert.True(messages.TryRead(out NetlinkMessage message));
        Assert.Equal(16, message.Type);
        Assert.Equal(NetlinkMessageFlags.Ack | NetlinkMessageFlags.Request, message.Flags);
        Assert.False(messages.TryRead(out _));
        return message.Attributes(0);
    }

    private static NetlinkAttribute Next(ref AttributeReader reader, ushort type)
    {
        Assert.True(reader.TryRead(out NetlinkAttribute attribute));
        Assert.Equal(type, attribute.Type);
        return attribute;
    }

    private delegate void WriteAction(ref NetlinkWriter writer);
}
