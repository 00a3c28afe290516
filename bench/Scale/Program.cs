using System.Net.NetworkInformation;
using Weft.Scale;

try
{
    Options options = Options.Parse(args);
    if (NetworkInterface.GetAllNetworkInterfaces().FirstOrDefault(link => link.Name.StartsWith("weft", StringComparison.Ordinal)) is { } taken)
    {
        throw new FormatException($"this network namespace has {taken.Name}: run scripts/bench, which makes one of its own");
    }
    await MeasureAsync(options);
    return 0;
}
catch (FormatException e)
{
    Console.Error.WriteLine(e.Message);
    Console.Error.Write(Options.Usage);
    return 2;
}
catch (Exception e) when (e is InvalidOperationException or TimeoutException)
{
    Console.Error.WriteLine($"scale: {e.Message}");
    return 1;
}

static async Task MeasureAsync(Options options)
{
    await using var cluster = new SimulatedCluster(options.Etcd, options.Networks);
    await PrepareAsync(options, cluster);
    var report = new Report(Console.Out);
    report.Machine(options);

    var starts = new Starts(options, cluster, report);
    starts.Cold(withCopy: false);
    string rules = starts.Cold(withCopy: true);
    starts.Traced();
    starts.ByHand(rules);
    starts.Warm();

    using Weftd weftd = Weftd.Start(options);
    var changes = new Changes(options, cluster, report, weftd);
    await changes.OneAtATimeAsync();
    await changes.ContainersAsync();
    if (options.Seconds > 0)
    {
        await changes.SteadilyAsync();
    }
    (double busy, double most) = weftd.Resident;
    // It gives memory back in the second look that finds it idle, 30 s each.
    await Task.Delay(TimeSpan.FromSeconds(70));
    report.Line($"* weftd: {weftd.Resident.Now:0.0} MB resident when idle again, {busy:0.0} MB right after the changes, {most:0.0} MB at most");
}

// The networks by weftd's own hand, the nodes as theirs would have written them.
static async Task PrepareAsync(Options options, SimulatedCluster cluster)
{
    Directory.CreateDirectory("/etc/weft");
    await File.WriteAllTextAsync("/etc/weft/weftd.yaml", "defaultNetwork: none\n");
    string manifest = Path.GetTempFileName();
    await File.WriteAllTextAsync(manifest, string.Join("---\n", Enumerable.Range(0, options.Networks).SelectMany(n => (string[])
    [
        $"apiVersion: weft.dev/v1\nkind: Network\nmetadata: {{name: {SimulatedNode.NetworkName(n)}}}\nspec: {{vni: {n + 1}}}\n",
        $"apiVersion: weft.dev/v1\nkind: Pool\nmetadata: {{name: {SimulatedNode.PoolName(n, 4)}}}\nspec: {{network: {SimulatedNode.NetworkName(n)}, cidr: {SimulatedNode.Pool4(n)}}}\n",
        $"apiVersion: weft.dev/v1\nkind: Pool\nmetadata: {{name: {SimulatedNode.PoolName(n, 6)}}}\nspec: {{network: {SimulatedNode.NetworkName(n)}, cidr: \"{SimulatedNode.Pool6(n)}\"}}\n",
    ])));
    using (Weftd weftd = Weftd.Start(options))
    {
        weftd.Ask("apply", "-f", manifest);
    }
    File.Delete(manifest);
    await cluster.FillAsync(options.Nodes);
}
