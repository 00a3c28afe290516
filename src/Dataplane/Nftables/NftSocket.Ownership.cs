using Weft.Dataplane.Netlink;

namespace Weft.Dataplane.Nftables;

/// <content>Tables that nobody else may change.</content>
public sealed partial class NftSocket
{
    private const NftTableFlags OwnedForGood = NftTableFlags.Owner | NftTableFlags.Persist;

    private bool? _supportsPersistentOwner;

    /// <summary>
    /// Whether the kernel keeps an owned table when its owner dies (Linux 6.9). Asked once, by a batch that it carries out in no case.
    /// </summary>
    public bool SupportsPersistentOwner()
    {
        if (_supportsPersistentOwner is { } known)
        {
            return known;
        }
        var probe = new NftTransaction();
        probe.In(new NftTable(NftFamily.Inet, "weft-owner-probe", OwnedForGood)).Create();
        probe.In(new NftTable(NftFamily.Inet, "weft-never-made")).Delete();
        try
        {
            Commit(probe);
            return false;       // cannot be: a missing table cannot be deleted
        }
        catch (NetlinkException e) when (e.MessageIndex >= 0)
        {
            // Older kernels refuse the flags (EOPNOTSUPP, EINVAL); newer ones accept them and stumble over the second operation.
            _supportsPersistentOwner = e.MessageIndex == 1;
            return e.MessageIndex == 1;
        }
    }

    /// <summary>The table with the flags that protect it best on this kernel: owner and persist, or none.</summary>
    public NftTable Protect(NftTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return table.With((table.Flags & ~OwnedForGood) | (SupportsPersistentOwner() ? OwnedForGood : NftTableFlags.None));
    }

    /// <summary>
    /// Makes this socket the owner of a table that its former owner left behind. Its rules stay in force throughout and are not touched.
    /// Repeating it does nothing.
    /// </summary>
    /// <returns>Who may change the table now.</returns>
    /// <exception cref="NetlinkException">The kernel refused for a reason of its own, such as EPERM without CAP_NET_ADMIN.</exception>
    public NftOwnership TakeOwnership(NftTable table)
    {
        if (FindTable(table) is not { } found)
        {
            return NftOwnership.Missing;
        }
        if (found.Owner is { } owner)
        {
            return owner == PortId ? NftOwnership.Owned : NftOwnership.OwnedByAnother;
        }
        if (!SupportsPersistentOwner())
        {
            return NftOwnership.Unprotected;
        }
        if ((found.Table.Flags & NftTableFlags.Persist) == 0)
        {
            return NftOwnership.NotAdoptable;
        }
        var adoption = new NftTransaction();
        adoption.In(found.Table.With(found.Table.Flags | OwnedForGood)).Ensure();
        try
        {
            Commit(adoption);
            return NftOwnership.Owned;
        }
        catch (NetlinkException e) when (e.Errno == Errno.EPERM && FindTable(table)?.Owner is { } other && other != PortId)
        {
            return NftOwnership.OwnedByAnother;     // somebody was faster
        }
    }
}
