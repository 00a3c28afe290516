namespace Weft.CniBench;

/// <summary>Samples of two contenders, taken one right after the other.</summary>
internal sealed class PairedSamples
{
    public List<(Sample First, Sample Second)> Adds { get; } = [];
    public List<(Sample First, Sample Second)> Deletes { get; } = [];
}
