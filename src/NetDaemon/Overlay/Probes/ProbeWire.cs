using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Packets;
using Weft.Dataplane.Route;

namespace Weft.NetDaemon.Overlay.Probes;

/// <summary>
/// Sends and receives probes on one VXLAN device. Questions are put into VXLAN here and sent as UDP, so that the don't-fragment bit can be set, which the device leaves alone; what
/// arrives was taken out by the kernel, past the rules on senders. Other packets on the device cost nothing. Answers to others' questions are limited.
/// <code>
///   here:  UDP [ VXLAN [ ask ] ] ---> peer's port 4789 ---> its device ---> its weftd
///          this device  &lt;--- port 4789 &lt;--- [ VXLAN [ answer ] ] small &lt;----+
/// </code>
/// </summary>
internal sealed class ProbeWire : IAsyncDisposable
{
    /// <summary>Answers to others a second; more are not given.</summary>
    public const int MostAnswers = 200;

    private const int VxlanHeader = 8;

    private readonly FrameSocket _frames;
    private readonly DatagramSocket _datagrams;
    private readonly OverlayPlan _plan;
    private readonly VxlanSpec _device;
    private readonly TimeProvider _time;
    private readonly ChecksumListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _sending = new();
    private readonly ConcurrentDictionary<ulong, TaskCompletionSource> _waiting = new();
    private readonly Task _loop;
    private volatile IReadOnlyDictionary<IPAddress, ProbeTarget> _peers = new Dictionary<IPAddress, ProbeTarget>();
    private long _second;
    private int _answers;

    private ProbeWire(FrameSocket frames, DatagramSocket datagrams, OverlayPlan plan, TimeProvider time, NetworkNamespace? within)
    {
        (_frames, _datagrams, _plan, _device, _time) = (frames, datagrams, plan, plan.Device!, time);
        _listener = new ChecksumListener(frames.LinkIndex, plan.Network.Underlay, time, within, message => Answer(message, ProbeKind.Heard));
        _loop = ReceiveAsync();
    }

    /// <summary>Interface index of the VXLAN device that it is on.</summary>
    public int LinkIndex => _frames.LinkIndex;

    /// <summary>Whether it has ended: its device went down or away.</summary>
    public bool IsBroken => _loop.IsCompleted;

    /// <summary>Who is answered; others are not.</summary>
    public IReadOnlyDictionary<IPAddress, ProbeTarget> Peers
    {
        set => _peers = value;
    }

    /// <param name="plan">A plan with a device.</param>
    /// <param name="linkIndex">The device's interface index.</param>
    /// <param name="time">For limits.</param>
    /// <param name="within">The node's namespace; null: the process's own.</param>
    /// <exception cref="SocketException">The device or the address is not there.</exception>
    public static ProbeWire Open(OverlayPlan plan, int linkIndex, TimeProvider time, NetworkNamespace? within = null)
    {
        FrameSocket frames = FrameSocket.Open(linkIndex, ProbeMessage.EtherType, within);
        try
        {
            return new ProbeWire(frames, DatagramSocket.Open(plan.Device!.Local!, within), plan, time, within);
        }
        catch
        {
            frames.Dispose();
            throw;
        }
    }

    /// <summary>Whether it serves a plan as it does the one that it was opened for.</summary>
    public bool Serves(OverlayPlan plan) => plan.Network == _plan.Network && plan.Device is { } device && device == _device with { Mtu = device.Mtu };

    /// <summary>A number by which the answer to a question is known. To be given back by <see cref="Forget"/>.</summary>
    public (ulong Token, Task Answered) Expect()
    {
        ulong token = (ulong)Random.Shared.NextInt64();
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[token] = answered;
        return (token, answered.Task);
    }

    public void Forget(ulong token) => _waiting.TryRemove(token, out _);

    /// <summary>Sends a question or an answer.</summary>
    /// <param name="to">To whom.</param>
    /// <param name="kind">Which.</param>
    /// <param name="token">From <see cref="Expect"/>, or of the question.</param>
    /// <param name="size">Bytes within the tunnel, from the inner IP header's place on.</param>
    /// <param name="mayFragment">Whether it may arrive in pieces.</param>
    /// <returns>False when it was not sent: too large for this node's uplink, or no way there.</returns>
    public bool TrySend(ProbeTarget to, ProbeKind kind, ulong token, int size = ProbeMessage.Smallest, bool mayFragment = false)
    {
        byte[] packet = new byte[VxlanHeader + FrameSocket.EthernetHeader + size];
        packet[0] = 0x08;       // RFC 7348 section 5: the VNI is valid
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), _device.Vni << 8);
        WriteEthernet(packet.AsSpan(VxlanHeader), to, ProbeMessage.EtherType);
        new ProbeMessage(kind, _device.Local!, token).Write(packet.AsSpan(VxlanHeader + FrameSocket.EthernetHeader));
        try
        {
            lock (_sending)
            {
                return _datagrams.Send(packet, new IPEndPoint(to.Underlay, _plan.Network.Port), mayFragment);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Sends a packet whose checksum is tried: by the device, as containers' packets go.</summary>
    /// <param name="to">To whom; it looks out for it.</param>
    /// <param name="token">From <see cref="Expect"/>.</param>
    /// <param name="leftToDevice">Whether the checksum is left to the devices; else it is complete.</param>
    public void SendChecksum(ProbeTarget to, ulong token, bool leftToDevice)
    {
        ChecksumFrame frame = ChecksumFrame.Build(new ProbeMessage(ProbeKind.Checksum, _device.Local!, token), leftToDevice);
        WriteEthernet(frame.Bytes, to, frame.EtherType);
        try
        {
            lock (_sending)
            {
                _frames.Send(frame.Bytes, leftToDevice ? frame.ChecksumStart : 0, frame.ChecksumField);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // As good as lost.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _listener.DisposeAsync();
        _frames.Dispose();
        _datagrams.Dispose();
        _stop.Dispose();
    }

    private void WriteEthernet(Span<byte> frame, ProbeTarget to, ushort etherType)
    {
        to.Mac.CopyTo(frame);
        _device.Mac!.Value.CopyTo(frame[6..]);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], etherType);
    }

    private async Task ReceiveAsync()
    {
        byte[] buffer = new byte[256];      // of a long one the beginning says all
        while (true)
        {
            (ReadOnlyMemory<byte> frame, _) = await _frames.ReceiveAsync(buffer, _stop.Token);
            if (frame.Length > FrameSocket.EthernetHeader && ProbeMessage.TryRead(frame.Span[FrameSocket.EthernetHeader..], out ProbeMessage? message))
            {
                Take(message.Value);
            }
        }
    }

    private void Take(ProbeMessage message)
    {
        switch (message.Kind)
        {
            case ProbeKind.Ask:
                Answer(message, ProbeKind.Answer);
                break;
            case ProbeKind.Listen when _listener.TryListen():
                Answer(message, ProbeKind.Listening);
                break;
            case ProbeKind.Answer or ProbeKind.Listening or ProbeKind.Heard:
                if (_waiting.TryGetValue(message.Token, out TaskCompletionSource? answered))
                {
                    answered.TrySetResult();
                }
                break;
        }
    }

    private void Answer(ProbeMessage message, ProbeKind kind)
    {
        if (!_peers.TryGetValue(message.Sender, out ProbeTarget? peer))
        {
            return;
        }
        long second = _time.GetTimestamp() / _time.TimestampFrequency;
        if (Interlocked.Exchange(ref _second, second) != second)
        {
            _answers = 0;
        }
        if (Interlocked.Increment(ref _answers) <= MostAnswers)
        {
            TrySend(peer, kind, message.Token);
        }
    }
}
