using System.Net.Sockets;

namespace Weft.NetDaemon.Ipam;

/// <summary>How this node uses a pool.</summary>
/// <param name="Pool">The pool's name.</param>
/// <param name="Network">The Weft Network that it belongs to.</param>
/// <param name="Cidr">The pool's range.</param>
/// <param name="Used">Addresses in use on this node.</param>
/// <param name="Cooling">Released addresses of this node that wait before they are used again.</param>
/// <param name="Withheld">Addresses that are neither, and not anybody's to get: reserved, or withheld by the pool.</param>
/// <param name="Free">Addresses of the pool that are none of these, in blocks of this node or in no block it knows of.</param>
/// <param name="Blocks">This node's blocks, in address order.</param>
internal sealed record PoolUsage(string Pool, string Network, Cidr Cidr, int Used, int Cooling, int Withheld, UInt128 Free, IReadOnlyList<BlockUsage> Blocks)
{
    public AddressFamily Family => Cidr.Family;
}

/// <param name="Cidr">The block's range.</param>
/// <param name="Epoch">Grows with each change of owner.</param>
/// <param name="Used">Addresses in use.</param>
/// <param name="Cooling">Released addresses that wait before they are used again.</param>
/// <param name="Size">Addresses that containers may have.</param>
internal sealed record BlockUsage(Cidr Cidr, ulong Epoch, int Used, int Cooling, int Size);
