using Weft.Dataplane.Namespaces;

namespace Weft.Dataplane.Route;

/// <summary>What to change of a link; what is null stays as it is.</summary>
public sealed record LinkChange
{
    /// <summary>Up or down.</summary>
    public bool? Up { get; init; }

    /// <summary>Index of the bridge that it becomes a port of; 0: it leaves the bridge it is in.</summary>
    public int? MasterIndex { get; init; }

    /// <summary>Its Ethernet address.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>Bytes.</summary>
    public int? Mtu { get; init; }

    /// <summary>Its alias; "" removes it.</summary>
    public string? Alias { get; init; }

    /// <summary>Its new name. Only for a link named by index; before Linux 6.2 it must be down.</summary>
    public string? NewName { get; init; }

    /// <summary>Link group.</summary>
    public uint? Group { get; init; }

    /// <summary>The namespace it moves to; must stay open until the batch has been executed.</summary>
    public NetworkNamespace? Namespace { get; init; }

    /// <summary>Its way to an IPv6 link-local address.</summary>
    public AddressGenerationMode? AddressGeneration { get; init; }

    /// <summary>Takes every frame.</summary>
    public bool? Promiscuous { get; init; }

    /// <summary>Takes every multicast frame.</summary>
    public bool? AllMulticast { get; init; }

    /// <summary>Packets that may wait for transmission.</summary>
    public uint? TxQueueLength { get; init; }
}
