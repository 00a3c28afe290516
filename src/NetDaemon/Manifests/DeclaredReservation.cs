using System.Net;
using Weft.Dataplane.Route;

namespace Weft.NetDaemon.Manifests;

/// <param name="Network">Name of the network whose addresses they are.</param>
/// <param name="Namespace">With <paramref name="EndpointName"/>.</param>
/// <param name="EndpointName">The endpoint that has them, or empty: a container.</param>
/// <param name="ContainerId">The container that has them, or empty: an endpoint.</param>
/// <param name="InterfaceName">With <paramref name="ContainerId"/>; empty: any interface of it.</param>
/// <param name="Addresses">At least one, at most one of each family.</param>
/// <param name="Mac">Of the container's interface, or null: any.</param>
internal sealed record DeclaredReservation(
    string Name,
    ManifestOrigin Origin,
    string Network,
    string Namespace,
    string EndpointName,
    string ContainerId,
    string InterfaceName,
    IReadOnlyList<IPAddress> Addresses,
    MacAddress? Mac) : DeclaredObject(Name, Origin)
{
    public override string Kind => ResourceKind.Reservation;
}
