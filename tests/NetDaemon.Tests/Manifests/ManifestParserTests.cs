using Weft.Contracts.V1;
using Weft.NetDaemon.Manifests;

namespace Weft.NetDaemon.Tests.Manifests;

public sealed class ManifestParserTests
{
    [Fact]
    public void A_pool_may_be_for_some_nodes_and_namespaces()
    {
        var pool = Assert.IsType<DeclaredPool>(Assert.Single(Parse("""
            apiVersion: weft.dev/v1
            kind: Pool
            metadata: {name: p}
            spec: {network: n, cidr: 10.9.0.0/16, nodeSelector: {zone: a, weft.dev/node: n1, fast: true}, namespaces: [shop, db, shop]}
            """)));

        Assert.Equal("fast=true weft.dev/node=n1 zone=a", string.Join(' ', pool.NodeSelector.Select(s => $"{s.Key}={s.Value}")));
        Assert.Equal(["db", "shop"], pool.Namespaces);
    }

    [Theory]
    [InlineData("nodeSelector: [zone]", "spec.nodeSelector: must be an object of 100 labels at most, such as {zone: a}, not a list")]
    [InlineData("nodeSelector: {zone: [a]}", "spec.nodeSelector: \"zone\": a list is not a label with its value, such as zone: a")]
    [InlineData("nodeSelector: {'a b': c}", "spec.nodeSelector: \"a b\": \"c\" is not a label with its value, such as zone: a")]
    [InlineData("namespaces: [Shop]", "spec.namespaces: \"Shop\" is not the name of a namespace")]
    public void What_is_no_selector_is_refused(string field, string problem)
    {
        var refused = Assert.Throws<ManifestException>(() => Parse($"apiVersion: weft.dev/v1\nkind: Pool\nmetadata: {{name: p}}\nspec:\n  network: n\n  cidr: 10.9.0.0/16\n  {field}\n"));
        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_and_a_pool_are_read_from_one_file()
    {
        IReadOnlyList<DeclaredObject> objects = Parse("""
            # two documents
            apiVersion: weft.dev/v1
            kind: Network
            metadata:
              name: blue
            spec: {vni: 7000, mtu: 1400, masquerade: false}
            ---
            apiVersion: weft.dev/v1
            kind: Pool
            metadata: {name: blue-v4}
            spec:
              network: blue
              cidr: 10.9.0.0/16
              blockSize: 27
            ---
            """);
        var network = Assert.IsType<DeclaredNetwork>(objects[0]);
        Assert.Equal(("blue", 7000u, 1400u, false), (network.Name, network.Vni, network.Mtu, network.Masquerade));
        var pool = Assert.IsType<DeclaredPool>(objects[1]);
        Assert.Equal(("blue-v4", "blue", "10.9.0.0/16", 27u), (pool.Name, pool.Network, pool.Cidr.ToString(), pool.BlockSize));
        Assert.Equal(("net.yaml", 13), (pool.Origin.Source, pool.Origin.LineOf("spec.cidr")));
    }

    [Fact]
    public void What_is_left_out_has_a_default()
    {
        IReadOnlyList<DeclaredObject> objects = Parse("""
            {"apiVersion": "weft.dev/v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": [
              {"apiVersion": "weft.dev/v1", "kind": "Network", "metadata": {"name": "n"}, "status": {"number": 4}},
              {"apiVersion": "weft.dev/v1", "kind": "Pool", "metadata": {"name": "p4"}, "spec": {"network": "n", "cidr": "10.0.0.0/16"}},
              {"apiVersion": "weft.dev/v1", "kind": "Pool", "metadata": {"name": "p6"}, "spec": {"network": "n", "cidr": "fd00::/56"}},
              {"apiVersion": "weft.dev/v1", "kind": "Pool", "metadata": {"name": "tiny"}, "spec": {"network": "n", "cidr": "10.1.0.0/28"}}
            ]}
            """);
        var network = Assert.IsType<DeclaredNetwork>(objects[0]);
        Assert.Equal((0u, 0u, true), (network.Vni, network.Mtu, network.Masquerade));
        Assert.Equal([26u, 122u, 28u], objects.OfType<DeclaredPool>().Select(pool => pool.BlockSize));
    }

    [Fact]
    public void Every_problem_of_every_file_is_reported_at_once()
    {
        var failure = Assert.Throws<ManifestException>(() => ManifestParser.Parse(
        [
            new Manifest
            {
                Source = "net.yaml",
                Text = """
                    apiVersion: weft.dev/v1
                    kind: Network
                    metadata: {name: Blue, labels: {}}
                    spec:
                      vni: 16777216
                      mtu: "1500"
                      masquerade: yes
                      Vni: 3
                    ---
                    apiVersion: weft.dev/v1
                    kind: Pool
                    metadata: {name: p}
                    spec:
                      cidr: 10.0.0.1/16
                      blockSize: 9
                      blockSize: 26
                    """,
            },
            new Manifest
            {
                Source = "more.yaml",
                Text = """
                    - apiVersion: v1
                    ---
                    apiVersion: v2
                    kind: Pool
                    ---
                    apiVersion: weft.dev/v1
                    kind: pool
                    ---
                    apiVersion: weft.dev/v1
                    kind: Endpoint
                    ---
                    kind: Network
                    metadata: {name: 12}
                    spec: []
                    """,
            },
        ]));
        Assert.Equal("""
            net.yaml:3: metadata: unknown field "labels"; known are name
            net.yaml:3: metadata.name: "Blue" is not a name; use 1 to 63 lower-case letters, digits and "-", with a letter or digit at both ends
            net.yaml:5: spec.vni: 16777216 is not a VNI of 1 to 16777215, or 0 for one that Weft chooses
            net.yaml:6: spec.mtu: "1500" is a text; write the number without quotes
            net.yaml:7: spec.masquerade: "yes" is not true or false
            net.yaml:8: spec: unknown field "Vni"; write vni
            net.yaml:14: spec.network: is required
            net.yaml:14: spec.cidr: "10.0.0.1/16" has bits set beyond its prefix; write 10.0.0.0/16
            net.yaml:16: key "blockSize" is given twice, first in line 15
            more.yaml:1: must be an object with apiVersion, kind and metadata, not a list
            more.yaml:3: apiVersion: "v2" is not known; write weft.dev/v1
            more.yaml:7: kind: "pool" is not known; write Pool
            more.yaml:10: kind: an Endpoint comes and goes with its container; stop the container to be rid of it
            more.yaml:12: apiVersion: is required
            more.yaml:13: metadata.name: 12 is a number, not a text; put it in quotes
            more.yaml:14: spec: must be an object, not a list
            """, failure.Message);
    }

    [Theory]
    [InlineData("a: &x 1\nb: *x", "net.yaml:1: anchor &x is not supported")]
    [InlineData("a: !!binary aGk=", "net.yaml:1: tag ")]
    [InlineData("a: [1, 2", "net.yaml:2: not YAML: ")]
    [InlineData("? [1]\n: 2", "net.yaml:1: a list cannot be a key")]
    [InlineData("a:\n\tb: 1", "net.yaml:1: not YAML: ")]
    [InlineData("%YAML 99999999999.1\n---\na: 1", "net.yaml:1: not YAML: ")]
    [InlineData("", "net.yaml:1: holds no object")]
    [InlineData("# nothing\n---\n---\n", "net.yaml:1: holds no object")]
    public void Yaml_beyond_the_plain_part_is_refused(string text, string expected)
    {
        var failure = Assert.Throws<ManifestException>(() => Parse(text));
        Assert.StartsWith(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bombs_and_huge_texts_are_refused_quickly()
    {
        string nested = new string('[', 100_000);
        Assert.Contains("nested deeper than", Assert.Throws<ManifestException>(() => Parse(nested)).Message, StringComparison.Ordinal);
        string huge = "a: " + new string('x', 1 << 20);
        Assert.Contains("split it", Assert.Throws<ManifestException>(() => Parse(huge)).Message, StringComparison.Ordinal);
        string laughs = string.Join('\n', Enumerable.Range(1, 9).Select(i => $"l{i}: &l{i} [*l{i - 1}, *l{i - 1}]"));
        Assert.Contains("not supported", Assert.Throws<ManifestException>(() => Parse(laughs)).Message, StringComparison.Ordinal);
        string many = string.Join("---\n", Enumerable.Range(0, 5000).Select(_ => "x: 1\n"));
        Assert.Contains("more problems", Assert.Throws<ManifestException>(() => Parse(many)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_object_twice_is_refused_with_both_places()
    {
        const string network = "apiVersion: weft.dev/v1\nkind: Network\nmetadata: {name: a}\n";
        var failure = Assert.Throws<ManifestException>(() => Parse(network + "---\n" + network));
        Assert.Equal("net.yaml:7: metadata: Network \"a\" is given twice, first at net.yaml:1", failure.Message);
    }

    [Fact]
    public void Items_of_a_list_are_told_apart_and_lists_do_not_nest()
    {
        var failure = Assert.Throws<ManifestException>(() => Parse("""
            apiVersion: v1
            kind: List
            items:
            - {apiVersion: weft.dev/v1, kind: Pool, metadata: {name: a}, spec: {network: n, cidr: x/1}}
            - {apiVersion: v1, kind: List, items: []}
            """));
        Assert.Equal("""
            net.yaml:4: items[0].spec.cidr: "x/1" is not an address range; write one such as 10.83.0.0/16 or fd00:1::/56
            net.yaml:5: items[1].kind: a List may not hold another List; write its items out
            """, failure.Message);
    }

    [Fact]
    public void Control_characters_of_a_file_do_not_reach_the_terminal()
    {
        var failure = Assert.Throws<ManifestException>(() => Parse("apiVersion: \"\\e[2Jx\\nnet.yaml:9: fine\"\nkind: Pool"));
        Assert.Equal("net.yaml:1: apiVersion: \"\\u001b[2Jx\\u000anet.yaml:9: fine\" is not known; write weft.dev/v1", failure.Message);
    }

    [Fact]
    public void For_deleting_only_kind_and_name_matter()
    {
        DeclaredObject only = Assert.Single(ManifestParser.ParseIdentities(
            [new Manifest { Source = "-", Text = "apiVersion: weft.dev/v1\nkind: Pool\nmetadata: {name: a}\nspec: {cidr: nonsense}" }]));
        Assert.Equal(("Pool", "a"), (only.Kind, only.Name));
    }

    private static IReadOnlyList<DeclaredObject> Parse(string text) => ManifestParser.Parse([new Manifest { Source = "net.yaml", Text = text }]);
}
