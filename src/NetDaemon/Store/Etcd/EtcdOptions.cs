namespace Weft.NetDaemon.Store.Etcd;

/// <summary>Where etcd is, and who weftd is to it.</summary>
internal sealed record EtcdOptions
{
    /// <summary>Client URLs of the members, http or https, one at least. The first one that answers is used.</summary>
    public required IReadOnlyList<Uri> Endpoints { get; init; }

    /// <summary>Absolute path of a PEM file with the certificates that may sign the members' ones; null: those that the system trusts.</summary>
    public string? CaFile { get; init; }

    /// <summary>Absolute path of a PEM file with weftd's certificate and what leads from it to the CA; null: none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>Absolute path of a PEM file with the certificate's private key; null: it is in the certificate's file.</summary>
    public string? KeyFile { get; init; }

    /// <summary>User of etcd's own authentication; null: none.</summary>
    public string? User { get; init; }

    /// <summary>Absolute path of a file with the user's password on its first line.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>How long one member may take to take a connection.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>How long one member may take to answer.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How long a call goes on from member to member while some answer but have no leader: an election takes one or two seconds.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A watch without changes asks so often how far it has come, where etcd's answer can be relied on.</summary>
    public TimeSpan ProgressInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Keys of one page of a list.</summary>
    public int PageSize { get; init; } = 1000;
}
