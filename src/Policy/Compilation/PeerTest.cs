namespace Weft.Policy.Compilation;

/// <summary>What a compiled rule asks of the other end's address: the source of ingress, the destination of egress.</summary>
public abstract record PeerTest
{
    public static readonly PeerTest Any = new Everything();

    public sealed record Everything : PeerTest
    {
        public override string ToString() => "any";
    }

    /// <summary>It is in a set, which may be empty: then nothing matches.</summary>
    public sealed record InSet(SetId Set) : PeerTest
    {
        public override string ToString() => "@" + Set;
    }
}
