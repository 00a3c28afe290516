namespace Weft.CniPlugin.Configuration;

/// <summary>Versions of the CNI protocol that the plugin speaks, oldest first, so that they compare by age.</summary>
internal enum CniVersion
{
    V030,
    V031,
    V040,   // brought CHECK
    V100,   // took ips[].version away
    V110,   // brought GC, STATUS and interfaces[].mtu
}
