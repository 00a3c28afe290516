namespace Weft.Policy.Analysis;

/// <summary>One assertion of a test file.</summary>
/// <param name="Name">What the file calls it, or what it says.</param>
/// <param name="Source">Where it is written: file:line.</param>
/// <param name="From">An end, as people type it.</param>
/// <param name="To">An end, as people type it.</param>
/// <param name="Port">Protocol and port, as people type them.</param>
/// <param name="Allow">Whether the flow must be allowed.</param>
public sealed record PolicyTest(string Name, string Source, string From, string To, string Port, bool Allow);
