namespace Weft.RuntimeTests.Lab;

/// <summary>Connection tracking, as conntrack shows it.</summary>
internal static class Flows
{
    /// <summary>Fails unless the kernel has forgotten all flows of these containers, which are gone.</summary>
    public static async Task RequireNoneAsync(RuntimeNode node, params LabContainer[] containers)
    {
        IReadOnlyList<string> left = [];
        await Until.TrueAsync(
            "no flow of a removed container is left",
            async () => (left = await FindAsync(node, containers)).Count == 0,
            () => string.Join('\n', left));
    }

    private static async Task<IReadOnlyList<string>> FindAsync(RuntimeNode node, LabContainer[] containers)
    {
        List<string> found = [];
        foreach (string family in (string[])["ipv4", "ipv6"])
        {
            string[] flows = (await node.OnAsync("conntrack", "-L", "-f", family)).Succeeded().Output.Split('\n');
            found.AddRange(flows.Where(f => containers.Any(c => f.Contains($"={(family == "ipv4" ? c.IPv4 : c.IPv6)} ", StringComparison.Ordinal))));
        }
        return found;
    }
}
