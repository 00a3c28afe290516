namespace Weft.Dataplane.Nftables;

/// <summary>A condition of a rule on the name of a packet's interface.</summary>
/// <param name="Incoming">Whether it is about the interface that the packet came in by, and not the one that it leaves by.</param>
/// <param name="Name">The name, or its beginning.</param>
/// <param name="IsPrefix">Whether only the beginning counts.</param>
/// <param name="Negated">Whether it holds for all other names.</param>
public sealed record NftInterfaceCondition(bool Incoming, string Name, bool IsPrefix, bool Negated)
{
    /// <summary>Whether it holds for a packet that comes in by one interface and leaves by the other.</summary>
    public bool Holds(string incoming, string outgoing)
    {
        ArgumentNullException.ThrowIfNull(incoming);
        ArgumentNullException.ThrowIfNull(outgoing);
        string actual = Incoming ? incoming : outgoing;
        bool same = IsPrefix ? actual.StartsWith(Name, StringComparison.Ordinal) : actual == Name;
        return same != Negated;
    }
}
