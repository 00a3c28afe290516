using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using Weft.Contracts;
using Weft.Contracts.Cni;

namespace Weft.Micro;

/// <summary>What does saying one ADD on cni.sock cost, apart from the socket? Both ends of the two messages that carry something.</summary>
[MemoryDiagnoser]
public class MessageFrameBenchmarks
{
    private readonly Request _request = new()
    {
        Attach = new AttachRequest
        {
            Key = new AttachmentKey { Network = "weft", ContainerId = new string('c', 64), InterfaceName = "eth0" },
            Netns = "/var/run/netns/cni-9c29c957-543c-acdd-1786-793152d50122",
            EndpointNamespace = "default",
            EndpointName = "web-6d4b75cb6d-hx2vk",
            PodUid = "0b1f2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
            Labels = { ["app"] = "web", ["pod-template-hash"] = "6d4b75cb6d" },
        },
    };

    private readonly Reply _reply = new()
    {
        Attached = new AttachReply
        {
            AttachmentId = 4711,
            HostInterface = "wftabcdefghijkl",
            HostMac = ByteString.CopyFrom(2, 0x57, 0, 0, 0, 1),
            ContainerMac = ByteString.CopyFrom(2, 0x57, 10, 0, 0, 5),
            Bridge = "weft1",
            BridgeIndex = 4,
            BridgeMac = ByteString.CopyFrom(2, 0x57, 0, 0, 0, 2),
            Mtu = 1450,
            WeftNetwork = "default",
            Addresses =
            {
                new Address { Ip = ByteString.CopyFrom(10, 80, 0, 5), PrefixLength = 32, Gateway = ByteString.CopyFrom(169, 254, 1, 1) },
                new Address { Ip = ByteString.CopyFrom(new byte[16]), PrefixLength = 128, Gateway = ByteString.CopyFrom(new byte[16]) },
            },
        },
    };

    private byte[] _encodedRequest = [];
    private byte[] _encodedReply = [];

    [GlobalSetup]
    public void Encode()
    {
        _encodedRequest = MessageFrame.Encode(_request);
        _encodedReply = MessageFrame.Encode(_reply);
    }

    [Benchmark]
    public byte[] EncodeAttachRequest() => MessageFrame.Encode(_request);

    [Benchmark]
    public Request? DecodeAttachRequest()
    {
        using var stream = new MemoryStream(_encodedRequest);
        return MessageFrame.Read(stream, Request.Parser);
    }

    [Benchmark]
    public byte[] EncodeAttachReply() => MessageFrame.Encode(_reply);

    [Benchmark]
    public Reply? DecodeAttachReply()
    {
        using var stream = new MemoryStream(_encodedReply);
        return MessageFrame.Read(stream, Reply.Parser);
    }
}
