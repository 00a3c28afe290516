using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Weft.Dataplane.Namespaces;

namespace Weft.Dataplane.Packets;

/// <summary>Sends UDP datagrams of a chosen size from a chosen address, whatever the kernel thinks that the way carries. Not thread-safe.</summary>
public sealed class DatagramSocket : IDisposable
{
    private const int DoNot = 0;                 // IP_PMTUDISC_DONT: routers may fragment
    private const int Probe = 3;                 // IP_PMTUDISC_PROBE: don't-fragment set, known path MTUs ignored
    private const int MessageTooLong = 90;       // EMSGSIZE

    private readonly Socket _socket;
    private readonly bool _isIPv6;
    private bool? _mayFragment;

    private DatagramSocket(Socket socket, bool isIPv6) => (_socket, _isIPv6) = (socket, isIPv6);

    /// <summary>Opens a socket that receives nothing worth reading.</summary>
    /// <param name="local">The address to send from; any port.</param>
    /// <param name="within">The namespace; null: the process's own.</param>
    /// <exception cref="SocketException">The address is not this machine's.</exception>
    public static DatagramSocket Open(IPAddress local, NetworkNamespace? within = null)
    {
        ArgumentNullException.ThrowIfNull(local);
        Socket socket = within is null ? Make() : within.Open(Make);
        try
        {
            socket.ReceiveBufferSize = 0;       // the kernel's least
            socket.Bind(new IPEndPoint(local, 0));
            return new DatagramSocket(socket, local.AddressFamily == AddressFamily.InterNetworkV6);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        Socket Make() => new(local.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
    }

    /// <summary>Sends one datagram.</summary>
    /// <param name="payload">What is behind the UDP header.</param>
    /// <param name="to">Address and port.</param>
    /// <param name="mayFragment">Whether it may arrive in pieces; else the don't-fragment bit is set.</param>
    /// <returns>False when it does not even fit the interface that it should leave by.</returns>
    /// <exception cref="SocketException">There is no way to the address, or a rule forbids it (EPERM).</exception>
    public bool Send(ReadOnlySpan<byte> payload, IPEndPoint to, bool mayFragment)
    {
        ArgumentNullException.ThrowIfNull(to);
        if (_mayFragment != mayFragment)
        {
            Span<byte> value = stackalloc byte[sizeof(int)];
            MemoryMarshal.Write(value, mayFragment ? DoNot : Probe);
            // IPPROTO_IP/IP_MTU_DISCOVER, IPPROTO_IPV6/IPV6_MTU_DISCOVER
            _socket.SetRawSocketOption(_isIPv6 ? 41 : 0, _isIPv6 ? 23 : 10, value);
            _mayFragment = mayFragment;
        }
        try
        {
            _socket.SendTo(payload, to);
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.MessageSize || e.NativeErrorCode == MessageTooLong)
        {
            return false;
        }
    }

    /// <summary>Closes the socket.</summary>
    public void Dispose() => _socket.Dispose();
}
