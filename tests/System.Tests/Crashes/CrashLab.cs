using Weft.SystemTests.Lab;

namespace Weft.SystemTests.Crashes;

/// <summary>A node on which programs are killed, and what must hold then.</summary>
internal sealed class CrashLab(Node node, string rules)
{
    private int _round;

    public Node Node { get; } = node;

    public static async Task<CrashLab> StartAsync()
    {
        Node node = await Node.StartAsync(new NodeOptions { Config = "addressCoolDown: 0" });
        return new CrashLab(node, await Ruleset.SkeletonAsync(node.Space));
    }

    public string TraceFile => Path.Combine(Node.Scratch, "trace");

    /// <summary>Right after a death: nothing is up that rules do not cover, and all rules are there that cover it.</summary>
    public async Task RequirePolicedAsync(CrashPoint point)
    {
        Assert.Equal(rules, await Ruleset.SkeletonAsync(Node.Space));
        IReadOnlyList<string> unpoliced = await Leftovers.UnpolicedAsync(Node);
        Assert.True(unpoliced.Count == 0, $"{point}: up without rules: {string.Join(' ', unpoliced)}\n{await TraceAsync()}\n{Node.Weftd.Log}");
    }

    /// <summary>Cleans up as a runtime would, by DEL or by GC in turn, and looks for leftovers.</summary>
    public async Task RequireCleanAsync(Container container, CrashPoint point)
    {
        if (++_round % 2 == 1)
        {
            await container.DelAsync();
        }
        else
        {
            (await Node.CollectAsync()).SucceededSilently();
        }
        await Leftovers.RequireNoneAsync(Node, $"{point}\n{await TraceAsync()}");
        Assert.DoesNotContain("eth0", await container.Space.LinkNamesAsync());
        container.Dispose();
    }

    public async Task<string> TraceAsync() => File.Exists(TraceFile)
        ? string.Join('\n', (await File.ReadAllLinesAsync(TraceFile)).TakeLast(25))
        : "";
}
