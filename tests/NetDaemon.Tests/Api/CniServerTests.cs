using System.Buffers.Binary;
using System.Net.Sockets;
using CsCheck;
using Google.Protobuf;
using Weft.Contracts;
using Weft.Contracts.Cni;
using Weft.NetDaemon.Api;
using Weft.NetDaemon.Tests.Kernel;
using Weft.TestSupport;
using RefusalReason = Weft.Contracts.Cni.RefusalReason;

namespace Weft.NetDaemon.Tests.Api;

/// <summary>cni.sock with all that is behind it: ledger, allocator and a real kernel.</summary>
#pragma warning disable CA1001 // xunit disposes of the server through IAsyncLifetime
public sealed class CniServerTests : IAsyncLifetime
{
#pragma warning restore CA1001
    private const int Detached = 1201;

    private TestNode _node = null!;
    private CniServer _server = null!;

    private string SocketPath => Path.Combine(_node.RunDirectory, WeftPaths.CniSocketName);

    public async Task InitializeAsync()
    {
        if (KernelRequirement.Required || Environment.IsPrivilegedProcess)
        {
            _node = await TestNode.StartAsync();
            _node.GiveUplink();
            _server = new CniServer(SocketPath, _node.Service, new RecordingLogger<CniServer>());
            _server.Start();
        }
    }

    public async Task DisposeAsync()
    {
        if (_node is not null)
        {
            await _server.DisposeAsync();
            Assert.False(File.Exists(SocketPath));
            await _node.DisposeAsync();
        }
    }

    [KernelFact]
    public async Task A_container_is_attached_committed_checked_and_detached()
    {
        using var container = new TestNamespace();
        using NetworkStream plugin = Connect();
        AttachReply reply = (await AskAsync(plugin, Attach("c1", container))).Attached;
        Assert.Equal(2, reply.Addresses.Count);
        _node.Wire(reply, container.Namespace);

        Assert.NotNull((await AskAsync(plugin, new Request { Commit = new CommitRequest { AttachmentId = reply.AttachmentId } })).Done);
        Assert.Empty((await AskAsync(plugin, new Request { Check = new CheckRequest { Key = KeyOf("c1") } })).Check.Problems);
        Reply second = await AskAsync(plugin, Attach("c1", container));
        Assert.Equal(RefusalReason.AlreadyAttached, second.Refusal.Reason);
        Assert.Single(_node.Table.All);

        Assert.NotNull((await AskAsync(plugin, Detach("c1"))).Done);
        Assert.NotNull((await AskAsync(plugin, Detach("c1"))).Done);
        Assert.Empty(_node.Table.All);
        Assert.Equal(0, _node.Reconcile().Operations);
    }

    [KernelFact]
    public async Task A_connection_that_closes_before_Commit_undoes_its_attachment()
    {
        using var container = new TestNamespace();
        using (NetworkStream plugin = Connect())
        {
            AttachReply reply = (await AskAsync(plugin, Attach("c1", container))).Attached;
            _node.Wire(reply, container.Namespace);
        }
        await _node.AttachmentLog.NextAsync(Detached);

        Assert.Empty(_node.Table.All);
        Assert.Empty(_node.Ledger.LoadAll().Attachments);
        using NetworkStream next = Connect();
        AttachReply again = (await AskAsync(next, Attach("c1", container))).Attached;
        _node.Wire(again, container.Namespace);         // nothing of the first is in the way
        Assert.NotNull((await AskAsync(next, new Request { Abort = new AbortRequest { AttachmentId = again.AttachmentId } })).Done);
        Assert.Empty(_node.Table.All);
        Assert.Equal(
            RefusalReason.UnknownAttachment, (await AskAsync(next, new Request { Commit = new CommitRequest { AttachmentId = again.AttachmentId } })).Refusal.Reason);
    }

    [KernelFact]
    public async Task A_connection_that_closes_after_Commit_keeps_its_attachment()
    {
        using var container = new TestNamespace();
        using (NetworkStream plugin = Connect())
        {
            AttachReply reply = (await AskAsync(plugin, Attach("c1", container))).Attached;
            _node.Wire(reply, container.Namespace);
            await AskAsync(plugin, new Request { Commit = new CommitRequest { AttachmentId = reply.AttachmentId } });
        }
        using NetworkStream other = Connect();
        Assert.Empty((await AskAsync(other, new Request { Check = new CheckRequest { Key = KeyOf("c1") } })).Check.Problems);
    }

    [KernelFact]
    public async Task Many_plugins_at_once_get_different_addresses()
    {
        using var container = new TestNamespace();
        AttachReply[] replies = await Task.WhenAll(Enumerable.Range(0, 100).Select(async i =>
        {
            using NetworkStream plugin = Connect();
            AttachReply reply = (await AskAsync(plugin, Attach($"c{i}", container))).Attached;
            Assert.NotNull((await AskAsync(plugin, new Request { Commit = new CommitRequest { AttachmentId = reply.AttachmentId } })).Done);
            return reply;
        }));

        Assert.Equal(200, replies.SelectMany(r => r.Addresses).Select(a => a.Ip).Distinct().Count());
        Assert.Equal(100, replies.Select(r => r.HostInterface).Distinct().Count());
        Assert.Equal((100, 0), _node.Table.Count);
        using NetworkStream last = Connect();
        var collect = new CollectRequest { Network = TestNode.CniNetwork };
        collect.Valid.Add(KeyOf("c7"));
        Assert.Equal(99u, (await AskAsync(last, new Request { Collect = collect })).Collected.Removed);
        Assert.Equal("c7", Assert.Single(_node.Table.All).Key.ContainerId);
    }

    public static TheoryData<byte[]> BrokenFrames => new()
    {
        new byte[] { 0 },                                               // ends within the length
        new byte[] { 0, 0, 0, 9, 1, 2 },                                // ends within the message
        new byte[] { 0x7f, 0xff, 0xff, 0xff },                          // 2 GiB
        new byte[] { 0xff, 0xff, 0xff, 0xff },                          // negative
        new byte[] { 0, 0, 0, 3, 0xff, 0xff, 0xff },                    // no protobuf
        "GET / HTTP/1.1\r\n\r\n"u8.ToArray(),
    };

    [KernelTheory]
    [MemberData(nameof(BrokenFrames))]
    public async Task A_broken_frame_ends_its_own_connection_only(byte[] bytes)
    {
        using NetworkStream good = Connect();
        using (NetworkStream bad = Connect())
        {
            await bad.WriteAsync(bytes);
            bad.Socket.Shutdown(SocketShutdown.Send);
            Assert.True(await EndsAsync(bad));
        }
        Assert.NotNull((await AskAsync(good, new Request { Status = new StatusRequest { Network = TestNode.CniNetwork } })).Done);
    }

    [KernelFact]
    public async Task Requests_without_what_they_need_are_refused_as_bad()
    {
        using NetworkStream plugin = Connect();
        foreach (Request request in (Request[])
        [
            new(),
            new() { Attach = new AttachRequest() },
            new() { Detach = new DetachRequest() },
            new() { Detach = new DetachRequest { Key = new AttachmentKey() } },
            new() { Check = new CheckRequest() },
            new() { Collect = new CollectRequest() },
            new() { Collect = new CollectRequest { Network = TestNode.CniNetwork, Valid = { new AttachmentKey() } } },
        ])
        {
            Reply reply = await AskAsync(plugin, request);
            Assert.True(
                reply.Refusal?.Reason is RefusalReason.BadRequest || request.Collect is { Network.Length: > 0 }, $"{request} got {reply}");
        }
        Assert.Equal(
            RefusalReason.UnknownNetwork,
            (await AskAsync(plugin, new Request { Status = new StatusRequest { WeftNetwork = "absent" } })).Refusal.Reason);
        AttachRequest own = _node.Request("c1");
        own.Netns = "/proc/self/ns/net";
        Assert.Contains("node's own", (await AskAsync(plugin, new Request { Attach = own })).Refusal.Message, StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task No_frame_whatever_it_holds_is_a_defect()
    {
        Gen<string> text = Gen.OneOf(Gen.Const(""), Gen.Const("weft"), Gen.String[0, 40], Gen.String[Gen.Char['a', 'c'], 1000, 3000]);
        Gen<ByteString> bytes = Gen.Byte.Array[0, 20].Select(ByteString.CopyFrom);
        Gen<AttachmentKey> key = Gen.Select(text, text, text, (n, c, i) => new AttachmentKey { Network = n, ContainerId = c, InterfaceName = i });
        Gen<Request> requests = Gen.OneOf(
            Gen.Select(key, text, text, text, bytes, bytes.Array[0, 3], (k, ns, name, net, mac, addresses) => new Request
            {
                Attach = new AttachRequest
                {
                    Key = k, Netns = ns.Length > 0 ? "/nowhere" : "", EndpointNamespace = ns, EndpointName = name, WeftNetwork = net, Mac = mac, Addresses = { addresses },
                },
            }),
            Gen.ULong.Select(id => new Request { Commit = new CommitRequest { AttachmentId = id } }),
            Gen.ULong.Select(id => new Request { Abort = new AbortRequest { AttachmentId = id } }),
            key.Select(k => new Request { Detach = new DetachRequest { Key = k } }),
            key.Select(k => new Request { Check = new CheckRequest { Key = k } }),
            Gen.Select(text, key.Array[0, 5], (n, valid) => new Request { Collect = new CollectRequest { Network = n, Valid = { valid } } }),
            Gen.Select(text, text, (n, w) => new Request { Status = new StatusRequest { Network = n, WeftNetwork = w } }));

        await requests.SampleAsync(
            async request =>
            {
                using NetworkStream plugin = Connect();
                Reply reply = await AskAsync(plugin, request);
                Assert.NotEqual(RefusalReason.Internal, reply.Refusal?.Reason);
            },
            iter: 300, threads: 1);
        await Gen.Byte.Array[0, 64].SampleAsync(
            async body =>
            {
                using NetworkStream plugin = Connect();
                byte[] frame = new byte[4 + body.Length];
                BinaryPrimitives.WriteInt32BigEndian(frame, body.Length);
                body.CopyTo(frame, 4);
                await plugin.WriteAsync(frame);
                plugin.Socket.Shutdown(SocketShutdown.Send);
                Reply? reply = await MessageFrame.ReadAsync(plugin, Reply.Parser, CancellationToken.None);
                Assert.NotEqual(RefusalReason.Internal, reply?.Refusal?.Reason);
            },
            iter: 300, threads: 1);
        using NetworkStream last = Connect();
        Assert.NotNull((await AskAsync(last, new Request { Status = new StatusRequest { Network = TestNode.CniNetwork } })).Done);
    }

    [KernelFact]
    public async Task A_second_server_on_the_same_socket_is_refused()
    {
        await using var second = new CniServer(Path.Combine(_node.RunDirectory, "x.sock"), _node.Service, new RecordingLogger<CniServer>());
        var intruder = new CniServer(SocketPath, _node.Service, new RecordingLogger<CniServer>());

        Assert.Throws<IOException>(intruder.Start);
        second.Start();

        using NetworkStream plugin = Connect();
        Assert.NotNull((await AskAsync(plugin, new Request { Status = new StatusRequest { Network = TestNode.CniNetwork } })).Done);
    }

    private static async Task<bool> EndsAsync(NetworkStream connection)
    {
        try
        {
            return await connection.ReadAsync(new byte[1]) == 0;
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return true;        // closed with bytes unread
        }
    }

    private static AttachmentKey KeyOf(string container) => new() { Network = TestNode.CniNetwork, ContainerId = container, InterfaceName = "eth0" };

    private Request Attach(string container, TestNamespace netns) => new() { Attach = _node.Request(container, netns.Namespace) };

    private static Request Detach(string container) => new() { Detach = new DetachRequest { Key = KeyOf(container) } };

    private NetworkStream Connect()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(SocketPath));
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static async Task<Reply> AskAsync(NetworkStream plugin, Request request)
    {
        using var limit = new CancellationTokenSource(Programs.DefaultLimit);
        await plugin.WriteAsync(MessageFrame.Encode(request), limit.Token);
        return await MessageFrame.ReadAsync(plugin, Reply.Parser, limit.Token) ?? throw new IOException("no reply");
    }
}
