namespace Weft.NetDaemon.Api;

/// <summary>Who has an address now.</summary>
/// <param name="Namespace">Of the endpoint.</param>
/// <param name="Name">Of the endpoint.</param>
/// <param name="ContainerId">Of the container.</param>
/// <param name="InterfaceName">The interface in the container.</param>
internal readonly record struct AddressHolder(string Namespace, string Name, string ContainerId, string InterfaceName)
{
    public override string ToString() => $"{Namespace}/{Name} (container {ContainerId}, {InterfaceName})";
}
