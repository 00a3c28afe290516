using System.Globalization;
using System.Text;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Recovery;

namespace Weft.NetDaemon.Nodes;

/// <summary>Who has a node number: what /weft/v1/nodenum/&lt;number&gt; holds, a name and, behind a space, a machine.</summary>
/// <param name="Name">The node's name, or what became of it (<see cref="Former"/>).</param>
/// <param name="Machine">The installation that has it (<see cref="MachineId"/>); "" where nobody told.</param>
internal sealed record NumberHolder(string Name, string Machine)
{
    private const string FormerInfix = ".former-";

    public static NumberHolder Of(StoreEntry entry)
    {
        string text = Encoding.UTF8.GetString(entry.Value.Span);
        int space = text.IndexOf(' ', StringComparison.Ordinal);
        return space < 0 ? new NumberHolder(text, "") : new NumberHolder(text[..space], text[(space + 1)..]);
    }

    /// <summary>The number that a key is for; null when it is for none, or not spelled as Weft spells it.</summary>
    public static uint? NumberOf(StoreEntry entry) => Gathering.TryNumber(entry.Key, StoreKeys.NodeNumbers, out uint number) ? number : null;

    /// <summary>What a number's holder is called once the name is another's, or nobody's, and its blocks are not taken yet.</summary>
    public NumberHolder Former(uint number) => this with { Name = $"{Name}{FormerInfix}{number.ToString(CultureInfo.InvariantCulture)}" };

    /// <summary>The name that the holder of a number had before; null: it has its name still.</summary>
    public string? FormerName(uint number)
    {
        string suffix = $"{FormerInfix}{number.ToString(CultureInfo.InvariantCulture)}";
        return Name.EndsWith(suffix, StringComparison.Ordinal) ? Name[..^suffix.Length] : null;
    }

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(Machine.Length == 0 ? Name : $"{Name} {Machine}");

    /// <summary>All numbers' holders. Keys that are for no number are passed over.</summary>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public static async Task<IReadOnlyList<(uint Number, NumberHolder Holder, StoreEntry Entry)>> ListAsync(IStore store, CancellationToken cancellationToken) =>
        [.. (await store.RangeAsync(StoreKeys.NodeNumbers, cancellationToken)).Entries.Where(e => NumberOf(e) is not null).Select(e => (NumberOf(e)!.Value, Of(e), e))];
}
