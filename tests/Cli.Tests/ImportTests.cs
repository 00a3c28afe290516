namespace Weft.Cli.Tests;

/// <summary>weft import host-local, against directories as host-local writes them.</summary>
public sealed class ImportTests : IAsyncLifetime
{
    private TestDaemon _daemon = null!;

    public async Task InitializeAsync()
    {
        _daemon = await TestDaemon.StartAsync();
        string file = _daemon.Write("net.yaml", """
            apiVersion: weft.dev/v1
            kind: Network
            metadata: {name: podman}
            ---
            apiVersion: weft.dev/v1
            kind: Pool
            metadata: {name: podman-v4}
            spec: {network: podman, cidr: 10.88.0.0/16, withheld: [10.88.0.1]}
            ---
            apiVersion: weft.dev/v1
            kind: Pool
            metadata: {name: podman-v6}
            spec: {network: podman, cidr: "fd00:88::/64"}
            """);
        (await _daemon.RunAsync("apply", "-f", file)).Succeeded();
    }

    public async Task DisposeAsync() => await _daemon.DisposeAsync();

    [Fact]
    public async Task Addresses_of_running_containers_are_held_until_forgotten()
    {
        string directory = WriteDirectory();

        Assert.Equal("import podman into network podman: 3 address(es) added, 0 held already, 0 free again (dry run)\n",
            (await _daemon.RunAsync("import", "host-local", directory, "--dry-run")).Succeeded());
        Assert.Equal("import podman into network podman: 3 address(es) added, 0 held already, 0 free again\n",
            (await _daemon.RunAsync("import", "host-local", directory + "/")).Succeeded());
        Golden.Equal("imported.txt", (await _daemon.RunAsync("get", "reservations", "-o", "wide")).Succeeded());
        File.Delete(Path.Combine(directory, "10.88.0.3"));
        Assert.Equal("import podman into network podman: 0 address(es) added, 2 held already, 1 free again\n",
            (await _daemon.RunAsync("import", "host-local", directory)).Succeeded());
        Assert.Equal("reservation/imported-10-88-0-2 deleted\n", (await _daemon.RunAsync("delete", "reservation", "imported-10-88-0-2")).Succeeded());
        Assert.Equal("import podman ended, 1 address(es) free\n", (await _daemon.RunAsync("import", "host-local", "--forget", "podman")).Succeeded());
        Assert.Equal(1, (await _daemon.RunAsync("import", "host-local", "--forget", "podman")).ExitCode);
        Assert.Equal(new Outcome(0, "", "no reservations\n"), await _daemon.RunAsync("get", "reservations"));
    }

    [Fact]
    public async Task Broken_files_are_named_and_left_out()
    {
        string directory = WriteDirectory();
        _daemon.Write("podman/10.88.0.9", "");
        _daemon.Write("podman/10.88.0.10", "a b c\r\neth0");
        _daemon.Write("podman/notes", "x");

        Outcome outcome = await _daemon.RunAsync("import", "host-local", directory);

        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal("import podman into network podman: 3 address(es) added, 0 held already, 0 free again, 3 left out\n", outcome.Output);
        Assert.Contains($"{directory}/10.88.0.9: is empty", outcome.Error, StringComparison.Ordinal);
        Assert.Contains($"{directory}/10.88.0.10: holds what is no container's ID", outcome.Error, StringComparison.Ordinal);
        Assert.Contains($"{directory}/notes: its name is no address", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await _daemon.RunAsync("import", "host-local", directory, "--skip-broken")).ExitCode);
    }

    [Fact]
    public async Task An_address_in_no_pool_refuses_all_and_says_what_to_do()
    {
        string directory = WriteDirectory();
        _daemon.Write("podman/192.0.2.7", "c9\r\neth0");

        Outcome outcome = await _daemon.RunAsync("import", "host-local", directory);

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("192.0.2.7 is in no pool of network \"podman\" (podman-v4 10.88.0.0/16, podman-v6 fd00:88::/64); apply a Pool that contains it first",
            outcome.Error, StringComparison.Ordinal);
        Assert.Equal("", (await _daemon.RunAsync("get", "reservations")).Output);
        Assert.Equal("import podman into network podman: 3 address(es) added, 0 held already, 0 free again, 1 left out\n",
            (await _daemon.RunAsync("import", "host-local", directory, "--skip-broken")).Output);
    }

    [Fact]
    public async Task Without_a_network_for_the_configuration_the_refusal_says_what_to_call_it()
    {
        Directory.CreateDirectory(_daemon.PathOf("my_net"));
        _daemon.Write("my_net/192.0.2.7", "c9\r\neth0");

        Outcome outcome = await _daemon.RunAsync("import", "host-local", _daemon.PathOf("my_net"));

        Assert.Equal(1, outcome.ExitCode);
        Assert.EndsWith(
            "\nthere is no network for CNI configuration \"my_net\": apply Network \"my-net-2a088c6c\" with a Pool for each of its subnets first (`weft apply -f FILE`; the gateway in spec.withheld), and import again\n",
            outcome.Error, StringComparison.Ordinal);

        // As it says.
        string file = _daemon.Write("my-net.yaml", """
            apiVersion: weft.dev/v1
            kind: Network
            metadata: {name: my-net-2a088c6c}
            ---
            apiVersion: weft.dev/v1
            kind: Pool
            metadata: {name: my-net-v4}
            spec: {network: my-net-2a088c6c, cidr: 192.0.2.0/24, blockSize: 28, withheld: [192.0.2.1]}
            """);
        (await _daemon.RunAsync("apply", "-f", file)).Succeeded();
        Assert.Equal("import my_net into network my-net-2a088c6c: 1 address(es) added, 0 held already, 0 free again\n",
            (await _daemon.RunAsync("import", "host-local", _daemon.PathOf("my_net"))).Succeeded());
    }

    [Fact]
    public async Task What_get_reservations_prints_apply_takes()
    {
        (await _daemon.RunAsync("import", "host-local", WriteDirectory())).Succeeded();
        string own = _daemon.Write("db.yaml", """
            apiVersion: weft.dev/v1
            kind: Reservation
            metadata: {name: db}
            spec: {network: podman, namespace: shop, endpointName: db, addresses: [10.88.0.50], mac: "02:00:00:00:00:50"}
            """);
        Assert.Equal("reservation/db created\n", (await _daemon.RunAsync("apply", "-f", own)).Succeeded());

        string printed = (await _daemon.RunAsync("get", "reservations", "-o", "yaml")).Succeeded();
        string applied = (await _daemon.RunWithInputAsync(printed, "apply", "-f", "-")).Succeeded();

        Assert.Equal(4, applied.TrimEnd().Split('\n').Count(line => line.EndsWith(" unchanged", StringComparison.Ordinal)));
        Golden.Equal("reservation.yaml", (await _daemon.RunAsync("get", "resv", "db", "-o", "yaml")).Succeeded());
    }

    [Fact]
    public async Task Wrong_reservations_are_refused_with_their_lines()
    {
        (await _daemon.RunAsync("import", "host-local", WriteDirectory())).Succeeded();
        string wrong = string.Join("---\n", ((string[])["10.88.0.2", "10.88.0.1", "10.88.0.0", "10.99.0.1"]).Select((address, i) =>
            $"apiVersion: weft.dev/v1\nkind: Reservation\nmetadata: {{name: r{i}}}\nspec:\n  network: podman\n  endpointName: e{i}\n  addresses: [{address}]\n"));

        Outcome outcome = await _daemon.RunWithInputAsync(wrong, "apply", "-f", "-");

        outcome.Failed(1,
            "-:7: spec.addresses: 10.88.0.2 is reserved already for container 0123abcd (eth0), by Reservation \"imported-10-88-0-2\"; choose another, or `weft delete reservation imported-10-88-0-2`\n"
            + "-:15: spec.addresses: 10.88.0.1 is withheld by pool \"podman-v4\"; choose another, or take it out of the pool's spec.withheld\n"
            + "-:23: spec.addresses: 10.88.0.0 is the first or last of pool \"podman-v4\" (10.88.0.0/16), which no container gets; choose another\n"
            + "-:31: spec.addresses: 10.99.0.1 is in no pool of network \"podman\" (podman-v4 10.88.0.0/16, podman-v6 fd00:88::/64); apply a Pool that contains it first\n");
        Outcome text = await _daemon.RunWithInputAsync(
            "apiVersion: weft.dev/v1\nkind: Reservation\nmetadata: {name: r}\nspec: {network: podman, addresses: [10.88.0.7, 10.88.0.8], mac: \"01:00:00:00:00:00\"}\n", "apply", "-f", "-");
        Assert.Contains("give either endpointName, or containerId", text.Error, StringComparison.Ordinal);
        Assert.Contains("has two addresses of one family", text.Error, StringComparison.Ordinal);
        Assert.Contains("is not an interface's MAC", text.Error, StringComparison.Ordinal);
    }

    /// <summary>A directory as host-local 1.x leaves it, with a file of a version before 0.7 that names no interface.</summary>
    private string WriteDirectory()
    {
        Directory.CreateDirectory(_daemon.PathOf("podman"));
        _daemon.Write("podman/10.88.0.2", "0123abcd\r\neth0");
        _daemon.Write("podman/10.88.0.3", "4567cdef");
        _daemon.Write("podman/fd00:88::2", "0123abcd\r\neth0");
        _daemon.Write("podman/last_reserved_ip.0", "10.88.0.3");
        _daemon.Write("podman/lock", "");
        return _daemon.PathOf("podman");
    }
}
