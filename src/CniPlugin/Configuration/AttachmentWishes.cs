using System.Net;
using Weft.Dataplane.Route;

namespace Weft.CniPlugin.Configuration;

/// <summary>What an ADD asks for beyond an interface: who the endpoint is, and which addresses it wants.</summary>
internal sealed record AttachmentWishes
{
    /// <summary>Wanted MAC, or null: any.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>Wanted addresses; empty: any.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}
