using Weft.Contracts.V1;
using Weft.NetDaemon.Networks;

namespace Weft.NetDaemon.Tests.Networks;

public sealed class PoolSelectionTests
{
    private static readonly Dictionary<string, string> ZoneA = new() { ["zone"] = "a", ["disk"] = "ssd" };

    [Fact]
    public void Pools_without_selectors_are_for_everybody() => Assert.Equal("one two six", Of([P("one", "10.1.0.0/16"), P("two", "10.2.0.0/16"), P("six", "fd00::/64")], "shop"));

    [Fact]
    public void A_node_needs_all_labels_of_a_selector()
    {
        Pool[] pools = [P("a", "10.1.0.0/16", ("zone", "a")), P("b", "10.2.0.0/16", ("zone", "b")), P("both", "10.3.0.0/16", ("zone", "a"), ("disk", "hdd")), P("any", "10.4.0.0/16")];

        Assert.Equal("a any", Of(pools, "shop"));
        Assert.Equal("named", Of([P("named", "10.1.0.0/16", ("weft.dev/node", "n1")), P("other", "10.2.0.0/16", ("weft.dev/node", "n2"))], "shop"));
    }

    [Fact]
    public void A_namespace_with_pools_of_its_own_gets_no_others_of_the_family()
    {
        Pool[] pools = [P("general", "10.1.0.0/16"), For(P("shop", "10.2.0.0/16"), "shop", "db"), P("six", "fd00::/64")];

        Assert.Equal("shop six", Of(pools, "shop"));
        Assert.Equal("general six", Of(pools, "default"));
        Assert.Equal("general shop six", Of(pools, null));
    }

    [Fact]
    public void A_namespace_whose_pool_is_for_other_nodes_gets_nothing_of_the_family_here() =>
        Assert.Equal("", Of([P("general", "10.1.0.0/16"), For(P("shop", "10.2.0.0/16", ("zone", "b")), "shop")], "shop"));

    private static Pool P(string name, string cidr, params (string Label, string Value)[] selector)
    {
        var pool = new Pool { Name = name, Network = "net", Cidr = cidr };
        pool.NodeSelector.Add(selector.ToDictionary(s => s.Label, s => s.Value));
        return pool;
    }

    private static Pool For(Pool pool, params string[] namespaces)
    {
        pool.Namespaces.AddRange(namespaces);
        return pool;
    }

    private static string Of(Pool[] pools, string? endpointNamespace) => string.Join(' ', PoolSelection.Of(pools, "n1", ZoneA, endpointNamespace).Select(p => p.Name));
}
