namespace Weft.NetDaemon.Configuration;

/// <summary>What weftd was started to do.</summary>
internal enum DaemonVerb
{
    /// <summary>Nothing more: help or version was printed, or the usage was wrong and said so.</summary>
    Exit,

    /// <summary>Serve this node.</summary>
    Run,

    /// <summary>Remove every bridge, rule, route and link that Weft made on this node.</summary>
    Cleanup,
}
