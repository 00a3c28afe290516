namespace Weft.NetDaemon.Store.Etcd;

/// <summary>What a member's version means for us.</summary>
internal static class EtcdVersion
{
    /// <summary>
    /// Whether the answer to a progress request comes behind all changes that it covers (etcd issue 15220, mended in 3.4.25 and 3.5.8). In
    /// earlier versions it may overtake them, and would make a watch that goes on from there miss them; what those send by themselves from time to
    /// time (progress_notify) never does.
    /// </summary>
    /// <param name="version">As in the member's status, such as 3.4.23.</param>
    public static bool AnswersProgressInOrder(string version) =>
        Version.TryParse(version.Split('-', '+')[0], out Version? parsed) && (parsed.Major, parsed.Minor) switch
        {
            (3, 4) => parsed.Build >= 25,
            (3, 5) => parsed.Build >= 8,
            (3, < 4) => false,
            _ => parsed.Major >= 3,
        };
}
