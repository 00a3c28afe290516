using Tmds.Linux;
using Weft.Dataplane.Native;

namespace Weft.Dataplane.Netlink;

/// <content>Notifications of what changes in the kernel.</content>
public sealed partial class NetlinkSocket
{
    /// <summary>Joins a multicast group (RTNLGRP_*, NFNLGRP_*).</summary>
    /// <exception cref="KernelException">The kernel does not know the group, or forbids it.</exception>
    public void Subscribe(int group) => Syscalls.SetSocketOption(_socket, SocketLevel, AddMembershipOption, group);

    /// <summary>Sets the receive buffer, in bytes, beyond net.core.rmem_max: bursts of notifications wait there.</summary>
    public void SetReceiveBuffer(int bytes) => Syscalls.SetSocketOption(_socket, LibC.SOL_SOCKET, 33, bytes);     // SO_RCVBUFFORCE

    /// <summary>As <see cref="SetReceiveBuffer"/>; where that is forbidden, as far as net.core.rmem_max goes.</summary>
    public void TrySetReceiveBuffer(int bytes)
    {
        if (!Syscalls.TrySetSocketOption(_socket, LibC.SOL_SOCKET, 33, bytes))
        {
            Syscalls.TrySetSocketOption(_socket, LibC.SOL_SOCKET, LibC.SO_RCVBUF, bytes);
        }
    }

    /// <summary>
    /// Waits for the next datagram of notifications and shows its messages. Returns at once when <paramref name="stop"/> is set.
    /// </summary>
    /// <returns>What ended the wait.</returns>
    /// <exception cref="KernelException">The socket broke.</exception>
    public NotificationResult WaitForNotifications(StopSignal stop, NetlinkMessageHandler onMessage)
    {
        ArgumentNullException.ThrowIfNull(stop);
        ArgumentNullException.ThrowIfNull(onMessage);
        (bool readable, bool stopped) = Syscalls.WaitReadable(_socket, stop.Descriptor);
        if (stopped || !readable)
        {
            return NotificationResult.Stopped;
        }
        try
        {
            // Not to wait: what made the socket readable may be no message of the kernel's, and then the stop signal must still work.
            if (!TryReceiveFromKernel(wait: false, out ReadOnlySpan<byte> datagram))
            {
                return NotificationResult.Received;
            }
            var messages = new NetlinkMessageReader(datagram);
            while (messages.TryRead(out NetlinkMessage message))
            {
                if (message.Type == NetlinkMessage.OverrunType)
                {
                    return NotificationResult.Lost;
                }
                if (message.Type >= NetlinkMessage.FirstFamilyType)
                {
                    onMessage(message);
                }
            }
            return NotificationResult.Received;
        }
        catch (KernelException e) when (e.Errno == Errno.ENOBUFS)
        {
            return NotificationResult.Lost;     // our buffer was full: read everything anew
        }
    }
}

/// <summary>Why a wait for notifications ended.</summary>
public enum NotificationResult
{
    /// <summary>Messages were shown, or there were none for us after all.</summary>
    Received,

    /// <summary>Some were lost (ENOBUFS): what they would have said must be read by a dump.</summary>
    Lost,

    /// <summary>The stop signal is set.</summary>
    Stopped,
}

/// <summary>Ends waits for notifications from another thread. Stays set.</summary>
public sealed class StopSignal : IDisposable
{
    internal FileDescriptor Descriptor { get; } = Syscalls.EventDescriptor();

    /// <summary>Ends all waits, present and future.</summary>
    public void Set() => Syscalls.Signal(Descriptor);

    /// <summary>Frees the descriptor; only once nothing waits any more.</summary>
    public void Dispose() => Descriptor.Dispose();
}
