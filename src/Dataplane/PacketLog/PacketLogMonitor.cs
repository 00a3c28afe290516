using System.Buffers.Binary;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Native;
using Weft.Dataplane.Netlink;

namespace Weft.Dataplane.PacketLog;

/// <summary>
/// Receives what rules log to one group of a network namespace (nfnetlink_log: linux/netfilter/nfnetlink_log.h). Listens on a thread of its own until disposed. Packets that come faster
/// than they are taken are lost.
/// </summary>
public sealed class PacketLogMonitor : IDisposable
{
    private const ushort Subsystem = 4 << 8;            // NFNL_SUBSYS_ULOG
    private const ushort PacketMessage = Subsystem | 0; // NFULNL_MSG_PACKET
    private const ushort ConfigMessage = Subsystem | 1; // NFULNL_MSG_CONFIG
    private const ushort Command = 1;                   // NFULA_CFG_CMD
    private const ushort Mode = 2;                      // NFULA_CFG_MODE
    private const ushort Threshold = 5;                 // NFULA_CFG_QTHRESH
    private const ushort Payload = 9;                   // NFULA_PAYLOAD
    private const ushort Prefix = 10;                   // NFULA_PREFIX
    private const byte Bind = 1;                        // NFULNL_CFG_CMD_BIND
    private const byte CopyPacket = 2;                  // NFULNL_COPY_PACKET
    private const uint CopiedBytes = 128;

    private readonly NetlinkSocket _socket;
    private readonly StopSignal _stop = new();
    private readonly Action<LoggedPacket> _onPacket;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private PacketLogMonitor(NetlinkSocket socket, Action<LoggedPacket> onPacket)
    {
        _socket = socket;
        _onPacket = onPacket;
        _thread = new Thread(Listen) { IsBackground = true, Name = "packet log" };
    }

    /// <summary>Ends when the monitor is disposed; fails when the socket broke or the listener threw.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Starts listening.</summary>
    /// <param name="group">The group.</param>
    /// <param name="onPacket">Called on the monitor's thread, one packet at a time; it should not block.</param>
    /// <param name="within">The namespace; null: the calling thread's.</param>
    /// <exception cref="KernelException">The kernel has no nfnetlink_log, or another process has the group (EPERM).</exception>
    public static PacketLogMonitor Start(ushort group, Action<LoggedPacket> onPacket, NetworkNamespace? within = null)
    {
        ArgumentNullException.ThrowIfNull(onPacket);
        NetlinkSocket socket = NetlinkSocket.Open(NetlinkProtocol.Netfilter, within);
        try
        {
            var batch = new NetlinkBatch(256);
            Configure(batch, group, $"log group {group}", (ref NetlinkWriter writer) => writer.WriteByte(Command, Bind));
            Configure(batch, group, $"log group {group} copies packets", (ref NetlinkWriter writer) =>
            {
                // struct nfulnl_msg_config_mode: be32 copy_range, u8 copy_mode, u8 padding
                Span<byte> mode = stackalloc byte[6];
                BinaryPrimitives.WriteUInt32BigEndian(mode, CopiedBytes);
                mode[4] = CopyPacket;
                writer.WriteBytes(Mode, mode);
            });
            // Each as it comes: there are few.
            Configure(batch, group, $"log group {group} waits for none", (ref NetlinkWriter writer) => writer.WriteUInt32BigEndian(Threshold, 1));
            socket.Execute(batch);
            var monitor = new PacketLogMonitor(socket, onPacket);
            monitor._thread.Start();
            return monitor;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Stops listening and waits for the thread's end. Not to be called from the listener.</summary>
    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _socket.Dispose();
        _stop.Dispose();
    }

    private static void Configure(NetlinkBatch batch, ushort group, string title, Write write)
    {
        NetlinkWriter writer = batch.Begin(ConfigMessage, NetlinkMessageFlags.None, 64);
        writer.WriteHeader(new NetfilterHeader { ResourceId = BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(group) : group });
        write(ref writer);
        batch.End(ref writer, title);
    }

    private void Listen()
    {
        try
        {
            while (true)
            {
                try
                {
                    if (_socket.WaitForNotifications(_stop, OnMessage) == NotificationResult.Stopped)
                    {
                        _completion.SetResult();
                        return;
                    }
                }
                catch (MalformedNetlinkException)
                {
                    continue;       // one packet less
                }
            }
        }
        catch (Exception e)
        {
            _completion.SetException(e);
        }
    }

    private void OnMessage(in NetlinkMessage message)
    {
        if (message.Type != PacketMessage)
        {
            return;
        }
        ReadOnlySpan<byte> packet = [];
        string prefix = "";
        AttributeReader reader = message.Attributes(4);
        while (reader.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case Payload:
                    packet = attribute.Value;
                    break;
                case Prefix:
                    prefix = attribute.String;
                    break;
            }
        }
        if (LoggedPacket.TryRead(prefix, packet, out LoggedPacket read))
        {
            _onPacket(read);
        }
    }

    private delegate void Write(ref NetlinkWriter writer);
}
