namespace Weft.CniBench;

/// <summary>For each round, how long all parallel ADDs and then all parallel DELs took, in ms.</summary>
internal sealed class ParallelTimes
{
    public List<(double Add, double Delete)> First { get; } = [];
    public List<(double Add, double Delete)> Second { get; } = [];
}
