namespace Weft.NetDaemon.Ipam;

/// <summary>A block as the store has it.</summary>
/// <param name="Pool">Name of its pool.</param>
/// <param name="Cidr">Its range.</param>
/// <param name="Owner">Number of the node that hands out its addresses; 0: nobody does.</param>
/// <param name="Epoch">Grows with each change of owner: 1 and up.</param>
/// <param name="ModRevision">The store's revision that last changed it.</param>
internal sealed record OwnedBlock(string Pool, Cidr Cidr, uint Owner, ulong Epoch, long ModRevision)
{
    /// <summary>Whether anybody may claim it, going on from its epoch.</summary>
    public bool IsFree { get; init; }
}
