namespace Weft.Dataplane.Nftables;

/// <summary>Where in a packet's way a base chain is called.</summary>
public enum NftHook
{
    /// <summary>As received, before routing.</summary>
    Prerouting,

    /// <summary>For this machine.</summary>
    Input,

    /// <summary>Passing through.</summary>
    Forward,

    /// <summary>Made by this machine.</summary>
    Output,

    /// <summary>About to leave, after routing.</summary>
    Postrouting,

    /// <summary>At a device, before everything else (netdev; inet since Linux 5.10).</summary>
    Ingress,
}
