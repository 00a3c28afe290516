namespace Weft.NetDaemon.Configuration;

/// <summary>Whether weftd's nf_tables tables are owned, so that nobody else can change them (kernel 6.9 and newer).</summary>
internal enum NftablesOwner
{
    /// <summary>Where the kernel can.</summary>
    Auto,

    /// <summary>Never: other programs may look into and change them, and weftd repairs what they change.</summary>
    Off,
}
