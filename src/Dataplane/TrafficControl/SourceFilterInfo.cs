using System.Net;
using System.Net.Sockets;

namespace Weft.Dataplane.TrafficControl;

/// <summary>A u32 filter as <see cref="Route.RouteBatch"/> makes them: by source address, or the table behind such filters.</summary>
public sealed record SourceFilterInfo
{
    /// <summary>IPv4 or IPv6.</summary>
    public AddressFamily Family { get; internal set; }

    /// <summary>Its handle.</summary>
    public uint Handle { get; internal set; }

    /// <summary>The source address that it matches; null: it is no such filter.</summary>
    public IPAddress? Source { get; internal set; }

    /// <summary>Minor number of the class that it leads to; 0: none.</summary>
    public ushort ClassMinor { get; internal set; }

    /// <summary>Interface index of the link that it redirects to; 0: none, or one that is gone.</summary>
    public int RedirectIndex { get; internal set; }

    /// <summary>Whether it leads to the table of its family's filters.</summary>
    public bool LinksTable { get; internal set; }
}
