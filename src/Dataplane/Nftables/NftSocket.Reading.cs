using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Reading;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables;

/// <content>Reading back.</content>
public sealed partial class NftSocket
{
    private const int GenerationTries = 16;

    /// <summary>Number of the ruleset's current generation in this namespace: it grows with every commit, anybody's.</summary>
    public uint Generation()
    {
        List<NftGeneration> found = Get(NftMessage.GetGeneration, NftFamily.Inet, "read nf_tables generation", null, NftDecoder.Generation, dump: false);
        return found[0].Id;
    }

    /// <summary>All tables.</summary>
    public List<NftTableInfo> Tables() => Get(NftMessage.GetTable, 0, "list tables", null, NftDecoder.Table);

    /// <summary>A table, or null when there is none of that family and name. Flags do not matter.</summary>
    public NftTableInfo? FindTable(NftTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return Tables().Find(found => found.Table.Family == table.Family && found.Table.Name == table.Name);
    }

    /// <summary>The chains of a table, in the order they were made.</summary>
    public List<NftChain> Chains(NftTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return Of(table, Get(NftMessage.GetChain, table.Family, $"list chains of table {table}", null, NftDecoder.Chain));
    }

    /// <summary>The base chains of all tables, ours and others', that packets enter at one place. Netdev tables have no such place but ingress.</summary>
    /// <param name="hook">The place.</param>
    public List<(NftTable Table, NftChain Chain)> BaseChains(NftHook hook)
    {
        var found = new List<(NftTable Table, NftChain Chain)>();
        foreach (InTable<NftChain> chain in Get(NftMessage.GetChain, 0, "list chains", null, NftDecoder.Chain))
        {
            if (chain.Value.Base?.Hook == hook)
            {
                found.Add((new NftTable(chain.Family, chain.Table), chain.Value));
            }
        }
        return found;
    }

    /// <summary>The rules of one chain, in order; none when it is gone.</summary>
    public List<NftRuleInfo> Rules(NftTable table, string chain)
    {
        ArgumentNullException.ThrowIfNull(table);
        try
        {
            List<NftRuleInfo> found = Of(table, Get(
                NftMessage.GetRule,
                table.Family,
                $"list rules of chain {table} {chain}",
                (ref NetlinkWriter writer) =>
                {
                    writer.WriteString(RuleAttribute.Table, table.Name);
                    writer.WriteString(RuleAttribute.Chain, chain);
                },
                NftDecoder.Rule));
            found.RemoveAll(rule => rule.Chain != chain);
            return found;
        }
        catch (NetlinkException e) when (e.Errno == Errno.ENOENT)
        {
            return [];
        }
    }

    /// <summary>The sets and maps of a table, those without a name included.</summary>
    public List<NftSetInfo> Sets(NftTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return Of(table, Get(NftMessage.GetSet, table.Family, $"list sets of table {table}", Filter(table, SetAttribute.Table), NftDecoder.Set));
    }

    /// <summary>The rules of a table, chain by chain in order.</summary>
    public List<NftRuleInfo> Rules(NftTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return Of(table, Get(NftMessage.GetRule, table.Family, $"list rules of table {table}", Filter(table, RuleAttribute.Table), NftDecoder.Rule));
    }

    /// <summary>The named counters of a table.</summary>
    public List<NftCounterInfo> Counters(NftTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return Of(table, Get(NftMessage.GetObject, table.Family, $"list objects of table {table}", null, NftDecoder.Counter));
    }

    /// <summary>The elements of a set or map; ranges come out as they were put in.</summary>
    public List<NftElement> Elements(NftTable table, NftSet set)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(set);
        var decoder = new ElementDecoder(set);
        Get<object>(
            NftMessage.GetElement,
            table.Family,
            $"list elements of {set.Kind} {table} {set.Name}",
            (ref NetlinkWriter writer) =>
            {
                writer.WriteString(ElementListAttribute.Table, table.Name);
                writer.WriteString(ElementListAttribute.Set, set.Name);
            },
            decoder.Decode,
            onStart: decoder.Clear);
        return decoder.Finish();
    }

    /// <summary>
    /// All of a table as of one moment, or null when there is no such table. Reads again when somebody commits meanwhile.
    /// </summary>
    /// <param name="table">Family and name matter.</param>
    /// <param name="withElements">Which sets' elements to read; null for all.</param>
    /// <exception cref="NetlinkException">The ruleset changed during each of 16 tries (EINTR).</exception>
    public NftTableState? Read(NftTable table, Func<NftSet, bool>? withElements = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        for (int attempt = 0; attempt < GenerationTries; attempt++)
        {
            uint before = Generation();
            NftTableState? state = null;
            try
            {
                state = ReadOnce(table, withElements, before);
            }
            catch (NetlinkException e) when (e.Errno == Errno.ENOENT && Generation() != before)
            {
                continue;       // a set vanished between two dumps
            }
            if (Generation() == before)
            {
                return state;
            }
        }
        throw new NetlinkException
        {
            Operation = $"read table {table}",
            Errno = Errno.EINTR,
            KernelMessage = "the ruleset kept changing while it was read",
        };
    }

    private NftTableState? ReadOnce(NftTable table, Func<NftSet, bool>? withElements, uint generation)
    {
        if (FindTable(table) is not { } found)
        {
            return null;
        }
        var sets = new List<NftSetState>();
        foreach (NftSetInfo info in Sets(table))
        {
            if (!info.IsAnonymous)
            {
                bool read = info.Set is not null && (withElements?.Invoke(info.Set) ?? true);
                sets.Add(new NftSetState(info, read ? Elements(table, info.Set!) : null));
            }
        }
        return new NftTableState
        {
            Table = found.Table,
            Owner = found.Owner,
            Generation = generation,
            Chains = Chains(table),
            Sets = sets,
            Rules = Rules(table),
            Counters = [.. Counters(table).Select(static counter => counter.Name)],
        };
    }

    private static AttributeFilter Filter(NftTable table, ushort attribute) =>
        (ref NetlinkWriter writer) => writer.WriteString(attribute, table.Name);

    /// <summary>Old kernels ignore filters in dumps; so what is of other tables is left out here.</summary>
    private static List<T> Of<T>(NftTable table, List<InTable<T>> found) where T : class
    {
        var result = new List<T>(found.Count);
        foreach (InTable<T> item in found)
        {
            if (item.Family == table.Family && item.Table == table.Name)
            {
                result.Add(item.Value);
            }
        }
        return result;
    }

    private List<T> Get<T>(
        NftMessage message,
        NftFamily family,
        string title,
        AttributeFilter? filter,
        NetlinkDecoder<T> decode,
        bool dump = true,
        Action? onStart = null) where T : class
    {
        onStart?.Invoke();
        _batch.Clear();
        NetlinkWriter writer = _batch.Begin(NfGenHeader.Type(message), dump ? NetlinkMessageFlags.Dump : NetlinkMessageFlags.None);
        writer.WriteHeader(NfGenHeader.For(family));
        filter?.Invoke(ref writer);
        _batch.End(ref writer, title);
        if (dump)
        {
            return _socket.Dump(_batch, decode);
        }
        var found = new List<T>();
        _socket.Execute(_batch, (in NetlinkMessage reply) =>
        {
            if (decode(reply) is { } value)
            {
                found.Add(value);
            }
        });
        return found;
    }

    private delegate void AttributeFilter(ref NetlinkWriter writer);
}
