namespace Weft.CniPlugin.Tuning;

/// <summary>What the tuning plugin would set; null and empty: as it is.</summary>
internal sealed record TuningSettings
{
    public static readonly TuningSettings None = new();

    public IReadOnlyList<SysctlSetting> Sysctls { get; init; } = [];

    public bool? Promiscuous { get; init; }

    public bool? AllMulticast { get; init; }

    /// <summary>Packets.</summary>
    public uint? TxQueueLength { get; init; }

    public bool ChangesLink => Promiscuous is not null || AllMulticast is not null || TxQueueLength is not null;
}
