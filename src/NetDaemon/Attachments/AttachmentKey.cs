namespace Weft.NetDaemon.Attachments;

/// <summary>What CNI identifies an attachment by.</summary>
/// <param name="Network">The network configuration's "name", not necessarily a Weft Network's.</param>
/// <param name="ContainerId">CNI_CONTAINERID.</param>
/// <param name="InterfaceName">CNI_IFNAME.</param>
internal readonly record struct AttachmentKey(string Network, string ContainerId, string InterfaceName)
{
    public override string ToString() => $"{Network}/{ContainerId}/{InterfaceName}";
}
