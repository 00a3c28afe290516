using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Tmds.Linux;

namespace Weft.SystemTests.Lab;

/// <summary>Pings that go on, a hundred a second, while something happens.</summary>
internal static partial class PingStream
{
    /// <summary>
    /// Something happens while these ping: no reply is missing. What the kernel dropped because a CPU's queue was full, of this or any other namespace's traffic, tells nothing:
    /// then once more.
    /// </summary>
    public static async Task RequireNoLossAsync(IReadOnlyList<(Space From, string To)> streams, Func<Task> happens)
    {
        const int attempts = 5;
        for (int attempt = 1; ; attempt++)
        {
            long dropped = ReceiveQueues.Dropped();
            Process[] pings = [.. streams.Select(s => Tool.Start(s.From.Entering("ping", "-n", "-i", "0.01", s.To)))];
            foreach (Process ping in pings)
            {
                await FirstReplyAsync(ping);
            }

            await happens();

            List<int> missing = [];
            foreach (Process ping in pings)
            {
                missing.AddRange(await MissingAsync(ping));
                ping.Dispose();
            }
            if (missing.Count == 0)
            {
                return;
            }
            Assert.True(ReceiveQueues.Dropped() != dropped && attempt < attempts, $"no reply to {string.Join(", ", missing)} (attempt {attempt})");
        }
    }

    private static async Task FirstReplyAsync(Process ping)
    {
        while (await ping.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Contains("icmp_seq=", StringComparison.Ordinal))
            {
                return;
            }
        }
        Assert.Fail($"nothing answers: {await ping.StandardError.ReadToEndAsync()}");
    }

    /// <summary>Ends a ping, and tells which replies are missing between its first and its last.</summary>
    private static async Task<IEnumerable<int>> MissingAsync(Process ping)
    {
        Assert.False(ping.HasExited);
        Assert.Equal(0, LibC.kill(ping.Id, LibC.SIGINT));
        string output = await ping.StandardOutput.ReadToEndAsync();
        int[] answered = [.. Sequence().Matches(output).Select(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture))];
        Assert.NotEmpty(answered);
        await ping.WaitForExitAsync();
        return Enumerable.Range(answered.Min(), answered.Max() - answered.Min() + 1).Except(answered);
    }

    [GeneratedRegex(@"icmp_seq=(\d+) ttl")]
    private static partial Regex Sequence();
}
