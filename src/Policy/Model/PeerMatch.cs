using System.Collections.Immutable;

namespace Weft.Policy.Model;

/// <summary>Who a rule is about. That none was given, and that nobody of those given exists, are different types.</summary>
public abstract record PeerMatch
{
    public static readonly PeerMatch Everybody = new Anyone();

    /// <summary>No peers were given: every address.</summary>
    public sealed record Anyone : PeerMatch;

    /// <summary>Some were given: one of them, and nobody when the list is empty.</summary>
    public sealed record Listed(ImmutableArray<Peer> Peers) : PeerMatch;
}
