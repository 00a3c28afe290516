using System.Diagnostics;

namespace Weft.SystemTests.Lab;

/// <summary>Waits for something that another program does.</summary>
internal static class Until
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Asks again and again. How long it took is for printing, not for judging: the machine may be busy.</summary>
    /// <param name="what">For the message of a test that fails because it never came true.</param>
    public static async Task<TimeSpan> TrueAsync(string what, Func<Task<bool>> question, Func<string>? context = null)
    {
        long started = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await question())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Limit, $"within {Limit.TotalSeconds} s it did not come true that {what}\n{context?.Invoke()}");
            await timer.WaitForNextTickAsync();
        }
        return Stopwatch.GetElapsedTime(started);
    }

    public static Task<TimeSpan> TrueAsync(string what, Func<bool> question, Func<string>? context = null) =>
        TrueAsync(what, () => Task.FromResult(question()), context);
}
