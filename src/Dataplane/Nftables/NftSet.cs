using System.Text;

namespace Weft.Dataplane.Nftables;

/// <summary>The definition of a set, a data map or a verdict map, without its elements.</summary>
/// <param name="Name">1 to 255 bytes.</param>
/// <param name="Key">Type of its keys.</param>
public sealed record NftSet(string Name, NftType Key)
{
    /// <summary>Type of the values of a map: <see cref="NftDataType.Verdict"/> for a verdict map, null for a set.</summary>
    public NftType? Data { get; init; }

    /// <summary>Properties.</summary>
    public NftSetFlags Flags { get; init; }

    /// <summary>After how long an element without a timeout of its own expires; zero is never. Needs <see cref="NftSetFlags.Timeout"/>.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>Most elements that it takes, 0 for no limit. Needed where rules add elements.</summary>
    public uint Size { get; init; }

    /// <summary>Whether each element counts packets and bytes (Linux 5.11).</summary>
    public bool Counters { get; init; }

    /// <summary>Whether it maps keys to verdicts.</summary>
    public bool IsVerdictMap => Data is not null && Data.Fields[0] == NftDataType.Verdict;

    /// <summary>Whether it holds ranges.</summary>
    public bool IsInterval => (Flags & NftSetFlags.Interval) != 0;

    /// <summary>"set" or "map".</summary>
    public string Kind => Data is null ? "set" : "map";

    /// <summary>"pools4 { type ipv4_addr; flags interval; }"</summary>
    public override string ToString()
    {
        var text = new StringBuilder().Append(Name).Append(" { type ").Append(Key);
        if (Data is not null)
        {
            text.Append(" : ").Append(Data);
        }
        text.Append(';');
        if (Flags != NftSetFlags.None)
        {
            text.Append(" flags ").Append(Flags.ToString().ToLowerInvariant().Replace(", ", ",", StringComparison.Ordinal)).Append(';');
        }
        if (Timeout > TimeSpan.Zero)
        {
            text.Append(" timeout ").Append(NftText.Duration(Timeout)).Append(';');
        }
        if (Size > 0)
        {
            text.Append(" size ").Append(Size).Append(';');
        }
        if (Counters)
        {
            text.Append(" counter;");
        }
        return text.Append(" }").ToString();
    }
}
