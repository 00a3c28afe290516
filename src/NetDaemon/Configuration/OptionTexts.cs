namespace Weft.NetDaemon.Configuration;

/// <summary>What the command line says, before it is checked; null: not given.</summary>
internal sealed record OptionTexts(string? Node, string? StateDirectory, string? RunDirectory, string? Config, string? Store, EtcdSettings Etcd, UnderlayTexts Underlay);
