namespace Weft.NetDaemon.Configuration;

/// <summary>What the command line or the config file says about etcd; null: not given.</summary>
internal sealed record EtcdSettings
{
    public static readonly EtcdSettings None = new();

    /// <summary>Client URLs of the members.</summary>
    public IReadOnlyList<string>? Endpoints { get; init; }

    public string? CaFile { get; init; }

    public string? CertificateFile { get; init; }

    public string? KeyFile { get; init; }

    public string? User { get; init; }

    public string? PasswordFile { get; init; }

    public bool IsEmpty => this == None;

    /// <summary>What is given here, and the rest from <paramref name="lower"/>.</summary>
    public EtcdSettings Over(EtcdSettings lower) => new()
    {
        Endpoints = Endpoints ?? lower.Endpoints,
        CaFile = CaFile ?? lower.CaFile,
        CertificateFile = CertificateFile ?? lower.CertificateFile,
        // A certificate without a key file has its key with it: another certificate's key is of no use.
        KeyFile = KeyFile ?? (CertificateFile is null ? lower.KeyFile : null),
        User = User ?? lower.User,
        PasswordFile = PasswordFile ?? lower.PasswordFile,
    };
}
