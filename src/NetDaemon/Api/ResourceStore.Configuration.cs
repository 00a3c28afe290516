using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Manifests;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Store;
using Weft.Manifests.Yaml;

namespace Weft.NetDaemon.Api;

/// <content>What CNI configurations that were written for the reference plugins say of their network.</content>
internal sealed partial class ResourceStore
{
    private const int LongestPoolPrefix = 52;   // of the 63 characters, what leaves room for "-v4-" and a number

    /// <summary>Makes the network of a CNI configuration with a pool for each subnet, by the rules of <see cref="ApplyAsync"/>.</summary>
    /// <param name="configuration">The configuration's name; the network's follows from it (<see cref="ConfiguredName"/>).</param>
    /// <param name="ranges">Its ranges.</param>
    /// <param name="masquerade">Whether traffic that leaves all pools takes the node's address.</param>
    /// <param name="mtu">Bytes; 0: from the uplink.</param>
    /// <param name="dryRun">Only see whether it could be made.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <returns>The network's name, or null, and nothing done, when it exists.</returns>
    /// <exception cref="ResourceException">Its name or ranges cannot be used; every problem is in the message.</exception>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public Task<string?> MakeFromConfigurationAsync(
        string configuration, IReadOnlyList<WantedRange> ranges, bool masquerade, uint mtu, bool dryRun, CancellationToken cancellationToken)
    {
        var problems = new ProblemList();
        var origin = ManifestOrigin.BuiltIn($"CNI configuration {Quoted.Bare(configuration)}");
        CheckTemplate(configuration, ranges, mtu, origin, problems);
        return problems.IsEmpty
            ? ChangeAsync(before =>
            {
                string name = before.NetworkOfConfiguration(configuration);
                if (before.Networks.ContainsKey(name))
                {
                    return Task.FromResult(((StoreTxn?)null, (string?)null));
                }
                var network = new DeclaredNetwork(name, origin, Vni: 0, mtu, masquerade) { CniConfiguration = configuration };
                ApplyPlan plan = ApplyPlan.Build(before, [network, .. PoolsOf(before, name, ranges, origin)], usage.HolderOf);
                return Task.FromResult((dryRun ? null : (StoreTxn?)ToTransaction(plan), (string?)name));
            }, cancellationToken)
            : throw new ResourceException(RefusalReason.Invalid, problems.ToString());
    }

    /// <summary>Adds addresses to what pools of a network withhold. Those in no pool, and those withheld already, are passed over.</summary>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public Task<bool> WithholdAsync(string network, IReadOnlyList<IPAddress> addresses, CancellationToken cancellationToken) =>
        ChangeAsync(before =>
        {
            var txn = new StoreTxn();
            foreach (Pool pool in before.PoolsOf(network))
            {
                Cidr range = Cidr.Parse(pool.Cidr);
                string[] added = [.. addresses.Where(range.Contains).Select(a => a.ToString()).Except(pool.Withheld)];
                if (added.Length > 0)
                {
                    Pool changed = pool.Clone();
                    changed.Withheld.AddRange(added);
                    txn.Put(StoreKeys.Pool(pool.Name), changed.ToByteArray());
                }
            }
            return Task.FromResult((txn.Operations.Count == 0 ? null : (StoreTxn?)txn, txn.Operations.Count > 0));
        }, cancellationToken);

    private static void CheckTemplate(string name, IReadOnlyList<WantedRange> ranges, uint mtu, ManifestOrigin origin, ProblemList problems)
    {
        if (!ReservationFields.IsContainerId(name))   // CNI has one rule for both
        {
            problems.Add(origin.Source, 1, "name", $"{Quoted.Text(name)} is not the name of a CNI configuration; use letters, digits, \"_\", \".\" and \"-\"");
        }
        if (mtu is (> 0 and < 1280) or > 65535)
        {
            problems.Add(origin.Source, 1, "mtu", $"{mtu} is not an MTU of 1280 to 65535 bytes");
        }
        foreach (Cidr subnet in Subnets(ranges))
        {
            // A subnet that hosts cannot be in is refused for a pool too; which block it is cut into follows from its size.
            if (!PoolRules.TryParseRange(subnet.ToString(), out Cidr range, out string problem))
            {
                problems.Add(origin.Source, 1, "ranges", $"{subnet} {problem}");
            }
            else if (PoolRules.CheckBlockSize(range, PoolRules.FittingBlockSize(range)) is { } wrong)
            {
                problems.Add(origin.Source, 1, "ranges", wrong);
            }
        }
    }

    /// <summary>The subnets of ranges, without those inside another.</summary>
    private static List<Cidr> Subnets(IReadOnlyList<WantedRange> ranges)
    {
        List<Cidr> all = [.. ranges.Select(r => r.Subnet).Distinct()];
        return [.. all.Where(s => !all.Exists(o => o != s && o.Contains(s))).Order()];
    }

    private static List<DeclaredPool> PoolsOf(ConfigSnapshot before, string network, IReadOnlyList<WantedRange> ranges, ManifestOrigin origin)
    {
        HashSet<string> taken = [.. before.Pools.Keys];
        List<DeclaredPool> pools = [];
        foreach (Cidr subnet in Subnets(ranges))
        {
            string prefix = $"{(network.Length > LongestPoolPrefix ? network[..LongestPoolPrefix].TrimEnd('-') : network)}-v{(subnet.Family == AddressFamily.InterNetwork ? 4 : 6)}";
            string name = prefix;
            for (int i = 2; !taken.Add(name); i++)
            {
                name = $"{prefix}-{i}";
            }
            pools.Add(new DeclaredPool(name, origin, network, subnet, PoolRules.FittingBlockSize(subnet))
            {
                Withheld = [.. ranges.Select(r => r.Gateway).OfType<IPAddress>().Where(subnet.Contains).Distinct()],
            });
        }
        return pools;
    }
}
