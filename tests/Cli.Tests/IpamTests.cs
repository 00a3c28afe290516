using Weft.Contracts.V1;

namespace Weft.Cli.Tests;

public sealed class IpamTests : IAsyncLifetime
{
    private TestDaemon _daemon = null!;

    public async Task InitializeAsync() => _daemon = await TestDaemon.StartAsync();

    public async Task DisposeAsync() => await _daemon.DisposeAsync();

    [Fact]
    public async Task A_check_without_findings_succeeds() =>
        Assert.Equal("4 block(s) of 2 node(s), 17 address(es) published as in use: nothing is wrong\n", (await _daemon.RunAsync("ipam", "check")).Succeeded());

    [Fact]
    public async Task A_check_with_findings_lists_them_and_ends_with_1()
    {
        _daemon.Audit.Reply.Findings.Add(new AddressFinding
        {
            Kind = FindingKind.Leaked, Subject = "10.83.0.9", Node = "a1", Problem = "no attachment has it", NextStep = "weft ipam release 10.83.0.9",
        });

        Outcome table = await _daemon.RunAsync("ipam", "check");
        Assert.Equal(ExitCode.Failed, table.ExitCode);
        Assert.Equal(
            """
            KIND     SUBJECT     NODE   PROBLEM                NEXT-STEP
            Leaked   10.83.0.9   a1     no attachment has it   weft ipam release 10.83.0.9

            4 block(s) of 2 node(s), 17 address(es) published as in use: 1 finding(s)

            """, table.Output);
        Outcome json = await _daemon.RunAsync("ipam", "check", "-o", "json");
        Assert.Equal(ExitCode.Failed, json.ExitCode);
        Assert.Contains("\"kind\": \"Leaked\"", json.Output, StringComparison.Ordinal);
        Assert.Contains("\"nextStep\": \"weft ipam release 10.83.0.9\"", json.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_release_says_what_it_freed_or_why_not()
    {
        Assert.Equal("10.83.0.9 is free\n", (await _daemon.RunAsync("ipam", "release", "10.83.0.9")).Succeeded());
        Outcome refused = await _daemon.RunAsync("ipam", "release", "10.83.0.10");
        Assert.Equal(ExitCode.Failed, refused.ExitCode);
        Assert.Contains("10.83.0.10 is in use by shop/web", refused.Error, StringComparison.Ordinal);
    }
}
