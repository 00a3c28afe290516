using System.Diagnostics;
using System.Globalization;

namespace Weft.CniBench;

/// <summary>Starts samples only when nothing else wants a processor.</summary>
internal sealed class QuietMachine(TimeSpan patience)
{
    private const int LooksNeeded = 4;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(3);

    /// <summary>Samples that began on a quiet machine.</summary>
    public int Quiet { get; private set; }

    /// <summary>Samples that began although the machine stayed busy.</summary>
    public int Busy { get; private set; }

    /// <summary>Returns when four looks in a row found no other runnable thread, or when patience is over.</summary>
    public void Wait()
    {
        if (patience == TimeSpan.Zero)
        {
            return;
        }
        long started = Stopwatch.GetTimestamp();
        for (int good = 0; Stopwatch.GetElapsedTime(started) < patience; Thread.Sleep(BetweenLooks))
        {
            good = RunnableThreads() <= 1 ? good + 1 : 0;    // one: this thread
            if (good == LooksNeeded)
            {
                Quiet++;
                return;
            }
        }
        Busy++;
    }

    // proc(5): procs_running of /proc/stat counts threads that run or wait for a processor, on the whole machine.
    private static int RunnableThreads()
    {
        foreach (string line in File.ReadLines("/proc/stat"))
        {
            if (line.StartsWith("procs_running ", StringComparison.Ordinal))
            {
                return int.Parse(line.AsSpan(14), CultureInfo.InvariantCulture);
            }
        }
        throw new InvalidDataException("/proc/stat has no procs_running");
    }
}
