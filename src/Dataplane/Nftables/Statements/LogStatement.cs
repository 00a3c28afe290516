using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary><c>log prefix "x" group 5 snaplen 128</c>.</summary>
internal sealed class LogStatement : NftStatement
{
    private readonly string? _prefix;
    private readonly ushort? _group;
    private readonly uint _snapshotLength;

    public LogStatement(string? prefix, ushort? group, uint snapshotLength)
    {
        if (prefix is not null && System.Text.Encoding.UTF8.GetByteCount(prefix) > 127)
        {
            throw new ArgumentException($"the log prefix \"{prefix}\" is longer than 127 bytes (NF_LOG_PREFIXLEN)", nameof(prefix));
        }
        _prefix = prefix;
        _group = group;
        _snapshotLength = snapshotLength;
    }

    public override string ToString() =>
        "log" + (_prefix is null ? "" : $" prefix \"{_prefix}\"") +
        (_group is { } group ? $" group {group}" + (_snapshotLength > 0 ? $" snaplen {_snapshotLength}" : "") : "");

    internal override void Write(ref NetlinkWriter writer, RuleContext context) =>
        Expressions.Log(ref writer, _prefix, _group, _snapshotLength);
}
