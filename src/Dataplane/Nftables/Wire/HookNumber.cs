namespace Weft.Dataplane.Nftables.Wire;

/// <summary>Numbers of the hooks (enum nf_inet_hooks, nf_dev_hooks).</summary>
internal static class HookNumber
{
    public static uint Of(NftFamily family, NftHook hook) => hook switch
    {
        NftHook.Ingress => family == NftFamily.Netdev ? 0u : 5,     // NF_NETDEV_INGRESS, NF_INET_INGRESS
        _ => (uint)hook,
    };

    public static NftHook? Parse(NftFamily family, uint number) =>
        family == NftFamily.Netdev ? number == 0 ? NftHook.Ingress : null
        : number <= 5 ? (NftHook)number
        : null;
}
