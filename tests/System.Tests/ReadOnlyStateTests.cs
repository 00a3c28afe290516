using System.Text.Json;
using Weft.SystemTests.Lab;
using Weft.TestSupport;

namespace Weft.SystemTests;

/// <summary>The state directory cannot be written: weftd refuses what it could not remember, undoes all the same, and needs no restart afterwards.</summary>
public sealed class ReadOnlyStateTests
{
    [KernelFact]
    public async Task Add_is_refused_whole_del_works_and_no_restart_is_needed()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { World = true });
        Container a = await node.AttachAsync();
        Container b = await node.AttachAsync();
        Container late = node.NewContainer();
        await using (await ReadOnlyDisk.UnderAsync(node))
        {
            string before = await Ruleset.TextAsync(node.Space);

            CniAnswer refused = (await late.TryAddAsync()).Failed(5);

            Assert.Contains(node.StateDirectory, refused.Message, StringComparison.Ordinal);
            Assert.Contains("writable", refused.Details, StringComparison.Ordinal);
            Assert.DoesNotContain("eth0", await late.Space.LinkNamesAsync());
            Assert.Equal(before, await Ruleset.TextAsync(node.Space));
            Assert.Equal(2, (await node.Space.LinkNamesAsync()).Count(n => n.StartsWith("wft", StringComparison.Ordinal)));
            CniAnswer status = (await node.StatusCallAsync()).Failed(50);
            Assert.Contains(node.StateDirectory, status.Message, StringComparison.Ordinal);
            JsonElement store = Condition(await node.StatusAsync(), "store");
            Assert.Equal("Failed", store.GetProperty("health").GetString());
            Assert.Contains(node.StateDirectory, store.GetProperty("message").GetString()!, StringComparison.Ordinal);
            (await a.CheckAsync()).SucceededSilently();
            Assert.True(await a.Space.PingsAsync(b.Result.IPv4));

            await a.DelAsync();

            Assert.False(await b.Space.PingsAsync(a.Result.IPv4));
            Assert.DoesNotContain("eth0", await a.Space.LinkNamesAsync());
        }

        await late.AddAsync();
        Assert.True(await late.Space.PingsAsync(b.Result.IPv4));
        Assert.NotEqual(a.Result.IPv4, late.Result.IPv4);
        (await node.StatusCallAsync()).SucceededSilently();
        Assert.Equal("OK", Condition(await node.StatusAsync(), "store").GetProperty("health").GetString());
        (await node.CollectAsync(b, late)).SucceededSilently();      // carries out what was noted
        await b.DelAsync();
        await late.DelAsync();
        await Leftovers.RequireNoneAsync(node);
    }

    [KernelFact]
    public async Task What_could_not_be_written_is_as_it_was_after_a_restart()
    {
        await using Node node = await Node.StartAsync();
        Container a = await node.AttachAsync();
        Container b = await node.AttachAsync();
        await using (await ReadOnlyDisk.UnderAsync(node))
        {
            (await node.NewContainer().TryAddAsync()).Failed(5);
            await a.DelAsync();
        }

        await node.Weftd.KillAsync();
        await node.StartWeftdAsync();

        await node.EndpointsAsync(1);
        (await b.CheckAsync()).SucceededSilently();
        await b.DelAsync();
        await Leftovers.RequireNoneAsync(node);
    }

    [KernelFact]
    public async Task A_weftd_does_not_start_on_a_read_only_state_directory_and_says_which()
    {
        await using Node node = await Node.StartAsync();
        Container a = await node.AttachAsync();
        await node.Weftd.StopAsync();

        // A read-only mount of its own, gone with the process.
        await using Weftd refused = Weftd.Start(
        [
            "unshare", "--mount", "--propagation", "private", "--", "sh", "-c",
            "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && exec \"$@\"", node.StateDirectory,
            .. node.WeftdCommand(node.RunDirectory, node.StateDirectory),
        ]);
        await refused.EndedAsync();

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains(node.StateDirectory, refused.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", refused.Log, StringComparison.Ordinal);
        await node.StartWeftdAsync();
        (await a.CheckAsync()).SucceededSilently();
        await a.DelAsync();
        await Leftovers.RequireNoneAsync(node);
    }

    private static JsonElement Condition(JsonElement status, string name) =>
        status.GetProperty("conditions").EnumerateArray().Single(c => c.GetProperty("name").GetString() == name);
}
