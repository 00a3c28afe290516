using System.Globalization;

namespace Weft.NetDaemon.Ipam;

/// <summary>CLOCK_BOOTTIME: goes on while the machine sleeps, is never set, and begins anew at each boot (clock_gettime(2)).</summary>
internal sealed class BootClock : TimeProvider
{
    public static readonly BootClock Instance = new();

    private BootClock()
    {
    }

    /// <summary>As /proc/uptime tells it.</summary>
    public override long TimestampFrequency => 100;

    /// <summary>Hundredths of seconds since the boot: the first number of /proc/uptime is that clock (uptime_proc_show in fs/proc/uptime.c).</summary>
    public override long GetTimestamp()
    {
        ReadOnlySpan<char> text = File.ReadAllText("/proc/uptime");
        text = text[..text.IndexOf(' ')];
        int point = text.IndexOf('.');
        return (long.Parse(text[..point], NumberStyles.None, CultureInfo.InvariantCulture) * TimestampFrequency)
            + long.Parse(text[(point + 1)..], NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
