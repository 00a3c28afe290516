using System.IO.Hashing;
using System.Text;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Statements;

namespace Weft.Dataplane.Nftables;

/// <summary>
/// A rule: statements in order, and a comment for people. In the kernel the comment ends with a hash of the statements, such as
/// <c>allow replies [3f2a9c01]</c>: that, and not the expressions, which the kernel may print differently, tells whether a rule
/// is as wanted. Immutable.
/// </summary>
public sealed class NftRule
{
    private const int LongestComment = 110;     // nft(8) takes 128 bytes; the hash has its room
    private const int ExpressionsRoom = 16 * 1024;

    private (NftFamily Family, string Hash)? _hash;

    /// <summary>A rule with a comment, or null for none.</summary>
    /// <exception cref="ArgumentException">No statement, or a comment longer than 110 bytes.</exception>
    public NftRule(string? comment, params ReadOnlySpan<NftStatement> statements)
    {
        if (statements.IsEmpty)
        {
            throw new ArgumentException("a rule has at least one statement", nameof(statements));
        }
        if (comment is not null && Encoding.UTF8.GetByteCount(comment) > LongestComment)
        {
            throw new ArgumentException($"the comment \"{comment}\" is longer than {LongestComment} bytes", nameof(comment));
        }
        Comment = comment;
        Statements = statements.ToArray();
    }

    /// <summary>For people, or null.</summary>
    public string? Comment { get; }

    /// <summary>Its statements, in order.</summary>
    public IReadOnlyList<NftStatement> Statements { get; }

    /// <summary>The rule as one line of nft syntax.</summary>
    public override string ToString() =>
        string.Join(' ', Statements) + (Comment is null ? "" : $" comment \"{Comment}\"");

    /// <summary>Eight hex digits that change with the statements; the same in every run.</summary>
    public string Hash(NftFamily family)
    {
        if (_hash is { } known && known.Family == family)
        {
            return known.Hash;
        }
        // Not a cryptographic hash: nobody gains from a rule that looks like ours, and those would load OpenSSL into a small daemon.
        var hash = new XxHash128();
        hash.Append(Encode(family));
        foreach (NftStatement statement in Statements)
        {
            if (statement.Anonymous is { } set)
            {
                foreach (NftValue value in set.Values)
                {
                    hash.Append(value.Bytes);
                }
            }
        }
        string text = Convert.ToHexStringLower(hash.GetCurrentHash().AsSpan(0, 4));
        _hash = (family, text);
        return text;
    }

    /// <summary>
    /// The kernel's expressions, as netlink attributes, as they are sent: to compare with <see cref="NftRuleInfo.Expressions"/> of a rule
    /// without values in braces, which live in a set whose name the kernel chooses. Counters stand at zero.
    /// </summary>
    public byte[] Encode(NftFamily family)
    {
        byte[] buffer = new byte[ExpressionsRoom];
        var writer = new NetlinkWriter(buffer, 0, NetlinkMessageFlags.None);
        int start = writer.Length;
        WriteStatements(ref writer, new RuleContext(family));
        return buffer[start..writer.Length];
    }

    /// <summary>The comment as it stands in the kernel, with the hash.</summary>
    internal string Mark(NftFamily family) => Comment is null ? $"[{Hash(family)}]" : $"{Comment} [{Hash(family)}]";

    internal void WriteStatements(ref NetlinkWriter writer, RuleContext context)
    {
        foreach (NftStatement statement in Statements)
        {
            statement.Write(ref writer, context);
        }
    }

    internal bool References(Func<string, bool> set)
    {
        foreach (NftStatement statement in Statements)
        {
            if ((statement.ReferencedSet is { } first && set(first)) || (statement.SecondReferencedSet is { } second && set(second)))
            {
                return true;
            }
        }
        return false;
    }
}
