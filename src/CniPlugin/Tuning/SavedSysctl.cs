namespace Weft.CniPlugin.Tuning;

/// <param name="Segments">Path below /proc/sys.</param>
/// <param name="Was">The value before.</param>
/// <param name="Set">The value as the kernel showed it after it was set; empty: not set yet.</param>
internal sealed record SavedSysctl(string[] Segments, string Was, string Set);
