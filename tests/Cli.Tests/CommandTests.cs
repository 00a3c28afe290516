using System.Text.Json;
using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Store;
using Endpoint = Weft.Contracts.V1.Endpoint;

namespace Weft.Cli.Tests;

/// <summary>weft's commands against weftd's service and store.</summary>
public sealed class CommandTests : IAsyncLifetime
{
    private const string Blue = """
        apiVersion: weft.dev/v1
        kind: Network
        metadata: {name: blue}
        spec: {vni: 7000, masquerade: false}
        ---
        apiVersion: weft.dev/v1
        kind: Pool
        metadata: {name: blue-v4}
        spec: {network: blue, cidr: 10.9.0.0/16}
        ---
        apiVersion: weft.dev/v1
        kind: Pool
        metadata: {name: blue-v6}
        spec: {network: blue, cidr: "fd00:9::/56"}
        """;

    private TestDaemon _daemon = null!;

    public async Task InitializeAsync() => _daemon = await TestDaemon.StartAsync();

    public async Task DisposeAsync() => await _daemon.DisposeAsync();

    [Fact]
    public async Task Apply_says_what_it_did_and_a_second_time_that_nothing_was_to_do()
    {
        string file = _daemon.Write("blue.yaml", Blue);
        Assert.Equal("network/blue created (dry run)\npool/blue-v4 created (dry run)\npool/blue-v6 created (dry run)\n",
            (await _daemon.RunAsync("apply", "--dry-run", "-f", file)).Succeeded());
        Assert.Equal("network/blue created\npool/blue-v4 created\npool/blue-v6 created\n", (await _daemon.RunAsync("apply", "-f", file)).Succeeded());
        Assert.Equal("network/blue unchanged\npool/blue-v4 unchanged\npool/blue-v6 unchanged\n",
            (await _daemon.RunWithInputAsync(Blue, "apply", "-f", "-")).Succeeded());
    }

    [Theory]
    [InlineData("networks", "yaml")]
    [InlineData("pools", "yaml")]
    [InlineData("networks", "json")]
    [InlineData("pools", "json")]
    public async Task What_get_prints_apply_takes(string kind, string format)
    {
        await ApplyBlueAsync();
        string printed = (await _daemon.RunAsync("get", kind, "-o", format)).Succeeded();
        string applied = (await _daemon.RunWithInputAsync(printed, "apply", "-f", "-")).Succeeded();
        Assert.All(applied.TrimEnd().Split('\n'), line => Assert.EndsWith(" unchanged", line, StringComparison.Ordinal));
        string single = (await _daemon.RunAsync("get", kind, kind == "pools" ? "blue-v6" : "blue", "-o", format)).Succeeded();
        Assert.EndsWith(" unchanged\n", (await _daemon.RunWithInputAsync(single, "apply", "-f", "-")).Succeeded(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_is_cordoned_and_uncordoned_and_listed_so()
    {
        var node = new Node { Name = "n1", Number = 7 };
        await _daemon.Store.TxnAsync(new StoreTxn().Put(StoreKeys.Node("n1"), node.ToByteArray()), CancellationToken.None);
        Assert.Equal("node/n1 cordoned\n", (await _daemon.RunAsync("node", "cordon", "n1")).Succeeded());
        Assert.Equal("node/n1 already cordoned\n", (await _daemon.RunAsync("node", "cordon", "n1")).Succeeded());
        Assert.Contains("Away,Cordoned", (await _daemon.RunAsync("get", "nodes")).Succeeded(), StringComparison.Ordinal);
        Assert.Equal("node/n1 uncordoned\n", (await _daemon.RunAsync("node", "uncordon", "n1")).Succeeded());
        (await _daemon.RunAsync("node", "cordon", "n2")).Failed(1, "weft: Node \"n2\" does not exist; `weft get nodes` lists what does\n");
    }

    [Fact]
    public async Task A_node_is_forgotten_only_when_it_is_said_that_nothing_runs_there()
    {
        var node = new Node { Name = "n1", Number = 7, Labels = { ["zone"] = "a" } };
        var endpoint = new Endpoint { Namespace = "shop", Name = "web", Network = "default", Addresses = { "10.83.0.3" }, Node = "n1" };
        await _daemon.Store.TxnAsync(
            new StoreTxn().Put("/weft/v1/nodes/n1", node.ToByteArray()).Put("/weft/v1/nodenum/000007", "n1"u8.ToArray()).Put("/weft/v1/endpoints/shop/web/wft1", endpoint.ToByteArray()),
            CancellationToken.None);
        (await _daemon.RunAsync("node", "forget", "n1")).Failed(
            2, "weft: give either --yes, since addresses of containers that still run there may be given to others, or --dry-run to see what would be lost\nweft: see `weft node forget --help`\n");
        string would = (await _daemon.RunAsync("node", "forget", "n1", "--dry-run")).Succeeded();
        Assert.StartsWith("node/n1 would be forgotten: number 7, 0 block(s) with 0 address(es) in use as last published, 0 moved address(es), 1 endpoint(s), 0 import(s) (dry run)\n", would, StringComparison.Ordinal);
        Assert.Contains("shop        web", would, StringComparison.Ordinal);
        Assert.Contains("zone=a", (await _daemon.RunAsync("get", "nodes", "-o", "wide")).Succeeded(), StringComparison.Ordinal);

        Assert.StartsWith("node/n1 forgotten: number 7,", (await _daemon.RunAsync("node", "forget", "n1", "--yes")).Succeeded(), StringComparison.Ordinal);
        (await _daemon.RunAsync("node", "forget", "n1", "--yes")).Failed(1, "weft: Node \"n1\" does not exist; `weft get nodes` lists what does\n");
        Assert.Equal("", (await _daemon.RunAsync("get", "endpoints")).Output);
    }

    [Fact]
    public async Task A_node_alone_with_its_store_is_not_drained()
    {
        await _daemon.Store.TxnAsync(new StoreTxn().Put("/weft/v1/nodes/n1", new Node { Name = "n1", Number = 7 }.ToByteArray()), CancellationToken.None);
        (await _daemon.RunAsync("node", "drain", "n1")).Failed(
            1, "weft: node \"n1\" shares its store with no other node, so its blocks would be nobody's to use; `weft node cordon n1` keeps new containers away\n");
        (await _daemon.RunAsync("node", "drain", "n1", "--timeout", "5m")).Failed(2, "weft: --timeout says how long --wait waits; give both\nweft: see `weft node drain --help`\n");
        (await _daemon.RunAsync("node", "drain", "n1", "--wait", "--timeout", "5")).Failed(2, "weft: \"5\" is not a time; write it with its unit, such as 30s, 10m or 2h\nweft: see `weft node drain --help`\n");
    }

    [Fact]
    public async Task The_way_to_each_other_node_is_listed()
    {
        _daemon.Resources.Paths = new FixedPaths
        {
            ["n2"] = new NodePath { State = NodePathState.Narrow, Mtu = 1350, WantedMtu = 1450, ProbedUnixMs = 1_700_000_000_000, RoundTripUs = 1234 },
            ["n3"] = new NodePath { State = NodePathState.Away, WantedMtu = 1450, ProbedUnixMs = 1_700_000_000_000 },
        };
        foreach (uint number in (uint[])[1, 2, 3])
        {
            await _daemon.Store.TxnAsync(
                new StoreTxn().Put(StoreKeys.Node($"n{number}"), new Node { Name = $"n{number}", Number = number, BootId = "boot" }.ToByteArray()), CancellationToken.None);
        }

        foreach ((string node, string revision) in ((string, string)[])[("n2", "2"), ("n3", "900")])
        {
            await _daemon.Store.TxnAsync(new StoreTxn().Put(StoreKeys.EnforcedBy(node), System.Text.Encoding.ASCII.GetBytes(revision)), CancellationToken.None);
        }
        long wanted = (await _daemon.Store.TxnAsync(new StoreTxn().Put(StoreKeys.PolicyRevision, ReadOnlyMemory<byte>.Empty), CancellationToken.None)).Revision;

        string[] lines = (await _daemon.RunAsync("get", "nodes", "-o", "wide")).Succeeded().TrimEnd().Split('\n');

        Assert.Matches("boot +- +- +- +- +-$", lines[1]);
        Assert.Matches($"boot +Narrow +1350/1450 +1.2ms +2023-11-14T22:13:20Z +2 of {wanted}$", lines[2]);
        Assert.Matches("boot +Away +- +- +2023-11-14T22:13:20Z +900$", lines[3]);
        string json = (await _daemon.RunAsync("get", "node", "n2", "-o", "json")).Succeeded();
        Assert.Matches("\"path\": \\{\\s+\"state\": \"Narrow\",\\s+\"mtu\": 1350,\\s+\"wantedMtu\": 1450", json);
        Assert.DoesNotContain("\"path\"", (await _daemon.RunAsync("get", "node", "n1", "-o", "json")).Succeeded(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_gives_its_manifests_in_order()
    {
        Directory.CreateDirectory(_daemon.PathOf("d"));
        _daemon.Write("d/b.json", """{"apiVersion": "weft.dev/v1", "kind": "Network", "metadata": {"name": "second"}}""");
        _daemon.Write("d/a.yml", "apiVersion: weft.dev/v1\nkind: Network\nmetadata: {name: first}\n");
        _daemon.Write("d/notes.txt", "not a manifest");
        Assert.Equal("network/first created\nnetwork/second created\n", (await _daemon.RunAsync("apply", "-f", _daemon.PathOf("d"))).Succeeded());
    }

    [Fact]
    public async Task Tables_show_what_is_there()
    {
        await ApplyBlueAsync();
        await _daemon.Blocks.ClaimAsync("blue-v4", "10.9.0.0/26", used: 2);
        await PutEndpointAsync();
        Golden.Equal("networks.txt", (await _daemon.RunAsync("get", "networks")).Succeeded());
        Golden.Equal("networks-wide.txt", (await _daemon.RunAsync("get", "net", "blue", "-o", "wide")).Succeeded());
        Golden.Equal("pools.txt", (await _daemon.RunAsync("get", "Pool")).Succeeded());
        Golden.Equal("blocks.txt", (await _daemon.RunAsync("get", "blocks", "-o", "wide")).Succeeded());
        Golden.Equal("endpoints.txt", (await _daemon.RunAsync("get", "ep")).Succeeded());
        Golden.Equal("endpoints-wide.txt", (await _daemon.RunAsync("get", "endpoint", "shop/web", "-o", "wide")).Succeeded());
    }

    [Fact]
    public async Task Documents_have_the_shape_of_kubernetes()
    {
        await ApplyBlueAsync();
        await PutEndpointAsync();
        await _daemon.Blocks.ClaimAsync("blue-v4", "10.9.0.0/26", used: 2);
        Golden.Equal("networks.json", (await _daemon.RunAsync("get", "networks", "-o", "json")).Succeeded());
        Golden.Equal("networks.yaml", (await _daemon.RunAsync("get", "networks", "-o", "yaml")).Succeeded());
        Golden.Equal("block.yaml", (await _daemon.RunAsync("get", "block", "10.9.0.0/26", "-o", "yaml")).Succeeded());
        Golden.Equal("endpoint.yaml", (await _daemon.RunAsync("get", "endpoints", "web", "-o", "yaml")).Succeeded());
        Golden.Equal("endpoint.json", (await _daemon.RunAsync("get", "endpoints", "web", "-o", "json")).Succeeded());
    }

    [Fact]
    public async Task Status_is_readable_and_a_document()
    {
        Golden.Equal("status.txt", (await _daemon.RunAsync("status")).Succeeded());
        Golden.Equal("status.json", (await _daemon.RunAsync("status", "-o", "json")).Succeeded());
        _daemon.Status.Health = Health.Failed;
        Assert.Equal(1, (await _daemon.RunAsync("status")).ExitCode);
    }

    [Fact]
    public async Task An_empty_list_is_no_error_and_an_empty_document()
    {
        Outcome empty = await _daemon.RunAsync("get", "networks");
        Assert.Equal(new Outcome(0, "", "no networks\n"), empty);
        using JsonDocument document = JsonDocument.Parse((await _daemon.RunAsync("get", "networks", "-o", "json")).Succeeded());
        Assert.Equal(0, document.RootElement.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Problems_in_manifests_come_with_file_and_line()
    {
        string file = _daemon.Write("bad.yaml", "apiVersion: weft.dev/v1\nkind: Pool\nmetadata: {name: p}\nspec:\n  network: n\n  cidr: 10.0.0.1/16\n  size: 3\n");
        (await _daemon.RunAsync("apply", "-f", file)).Failed(1,
            $"{file}:6: spec.cidr: \"10.0.0.1/16\" has bits set beyond its prefix; write 10.0.0.0/16\n"
            + $"{file}:7: spec: unknown field \"size\"; known are blockSize, cidr, namespaces, network, nodeSelector, withheld\n");
    }

    [Fact]
    public async Task A_hundred_problems_arrive_too()
    {
        string many = string.Join("---\n", Enumerable.Range(0, 500).Select(i => $"apiVersion: weft.dev/v1\nkind: Pool\nmetadata: {{name: \"\u00fc{i}\"}}\n"));
        Outcome outcome = await _daemon.RunWithInputAsync(many, "apply", "-f", "-");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("-:3: metadata.name: \"\u00fc0\" is not a name", outcome.Error, StringComparison.Ordinal);
        Assert.EndsWith("and 950 more problems\n", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delete_refuses_what_is_used_and_deletes_the_rest()
    {
        string file = await ApplyBlueAsync();
        await _daemon.Blocks.ClaimAsync("blue-v4", "10.9.0.0/26", used: 1);
        (await _daemon.RunAsync("delete", "network", "blue")).Failed(1,
            "weft: Network \"blue\" has the pool(s) blue-v4, blue-v6; delete them first, `weft delete pool blue-v4`\n");
        (await _daemon.RunAsync("delete", "-f", file)).Failed(1,
            "weft: Pool \"blue-v4\" has 1 address(es) in use; stop the containers first (`weft get endpoints -o wide` lists them with their addresses)\n");
        _daemon.Blocks.SetUsed("blue-v4", "10.9.0.0/26", 0);
        Assert.Equal("pool/blue-v6 deleted\n", (await _daemon.RunAsync("delete", "pools", "blue-v6")).Succeeded());
        (await _daemon.RunAsync("delete", "pool", "blue-v6")).Failed(1, "weft: Pool \"blue-v6\" does not exist; `weft get pools` lists what does\n");
        Assert.Equal("network/blue deleted\npool/blue-v4 deleted\n",
            (await _daemon.RunWithInputAsync(Blue.Split("---\n")[0] + "---\n" + Blue.Split("---\n")[1], "delete", "-f", "-")).Succeeded());
        Assert.Empty((await _daemon.RunAsync("get", "blocks")).Output);
    }

    [Fact]
    public async Task What_weft_itself_writes_is_not_deleted_by_hand() =>
        (await _daemon.RunAsync("delete", "node", "a1")).Failed(1,
            "Node \"a1\" cannot be deleted: a Node is written by the weftd of that node; to be rid of one, stop its weftd\n");

    [Fact]
    public async Task A_failing_store_is_told_apart_from_an_absent_daemon()
    {
        await _daemon.Store.TxnAsync(new StoreTxn().Put(StoreKeys.Pool("p"), new byte[] { 0xff, 0xff }), CancellationToken.None);
        Outcome outcome = await _daemon.RunAsync("get", "pools");
        Assert.Equal(1, outcome.ExitCode);
        Assert.StartsWith("weft: the store failed: /weft/v1/pools/p holds 2 bytes that are not a Pool", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Labels_cannot_move_the_cursor()
    {
        await PutEndpointAsync("\u001b[2J\n");
        Assert.Contains("app=\\u001b[2J\\u000a", (await _daemon.RunAsync("get", "ep", "-o", "wide")).Succeeded(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_are_completed_by_asking_the_daemon()
    {
        await ApplyBlueAsync();
        Assert.Equal("blue-v4\nblue-v6\n", (await _daemon.RunAsync("[suggest:18]", "weft get pools blue")).Succeeded());
        Assert.Equal("blue\n", (await _daemon.RunAsync("[suggest:22]", "weft delete network bl")).Succeeded());
    }

    [Fact]
    public async Task Version_tells_both_sides() =>
        Assert.Equal($"weft {VersionAction.Version}\nweftd 0.1.0\n", (await _daemon.RunAsync("version")).Succeeded());

    private async Task<string> ApplyBlueAsync()
    {
        string file = _daemon.Write("blue.yaml", Blue);
        (await _daemon.RunAsync("apply", "-f", file)).Succeeded();
        return file;
    }

    private async Task PutEndpointAsync(string label = "web")
    {
        var endpoint = new Endpoint
        {
            Namespace = "shop",
            Name = "web",
            Network = "blue",
            ContainerId = "0123abcd",
            InterfaceName = "eth0",
            Addresses = { "10.9.0.1", "fd00:9::1" },
            Mac = "02:57:00:00:00:01",
            Node = "a1",
            HostInterface = "wftabcdefghijkl",
            Labels = { ["app"] = label, ["tier"] = "yes" },
            CreatedUnixMs = 1_700_000_000_000,
            CniNetwork = "weft",
        };
        await _daemon.Store.TxnAsync(
            new StoreTxn().Put(StoreKeys.Endpoint("shop", "web", endpoint.HostInterface), endpoint.ToByteArray()), CancellationToken.None);
    }
}
