namespace Weft.Dataplane.Namespaces;

/// <summary>
/// Which namespace it is, on this machine until reboot. Once nothing holds a namespace, a new one may get its number.
/// <c>default</c> is none.
/// </summary>
/// <param name="Device">st_dev of the namespace file.</param>
/// <param name="Inode">st_ino of the namespace file: what lsns(8) shows.</param>
public readonly record struct NamespaceIdentity(ulong Device, ulong Inode)
{
    /// <summary>"net:[4026531840]", as /proc/PID/ns shows it.</summary>
    public override string ToString() => $"net:[{Inode}]";
}
