using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Manifests;
using Weft.NetDaemon.Store;
using Weft.Policy.Objects;

namespace Weft.NetDaemon.Api;

/// <summary>How objects of one of the kinds of policy are kept.</summary>
/// <param name="Name">One of <see cref="ResourceKind.OfPolicy"/>.</param>
/// <param name="Prefix">Of its keys; namespace, if it lives in one, and name follow.</param>
/// <param name="Read">Turns what is kept into the object. Throws <see cref="StoreException"/> for what is none.</param>
internal sealed record PolicyKind(string Name, string Prefix, Func<StoreEntry, Resource> Read)
{
    private static readonly PolicyKind[] All =
    [
        new(PolicyKinds.NetworkPolicy, StoreKeys.NetworkPolicies, entry => new Resource { NetworkPolicy = ReadNamed(entry, NetworkPolicy.Parser, item => item.Metadata) }),
        new(PolicyKinds.ClusterNetworkPolicy, StoreKeys.ClusterNetworkPolicies, entry => new Resource { ClusterNetworkPolicy = ReadNamed(entry, ClusterNetworkPolicy.Parser, item => item.Metadata) }),
        new(PolicyKinds.HostPolicy, StoreKeys.HostPolicies, entry => new Resource { HostPolicy = ReadNamed(entry, HostPolicy.Parser, item => item.Metadata) }),
        new(PolicyKinds.NetworkSet, StoreKeys.NetworkSets, entry => new Resource { NetworkSet = ReadNamed(entry, NetworkSet.Parser, item => item.Metadata) }),
        new(PolicyKinds.Namespace, StoreKeys.Namespaces, entry => new Resource { Namespace = ReadNamed(entry, Namespace.Parser, item => item.Metadata) }),
    ];

    public static PolicyKind? Find(string kind) => Array.Find(All, known => known.Name == kind);

    /// <summary>The key of an object of one of these kinds.</summary>
    public static string KeyOf(DeclaredObject declared) => declared.Kind switch
    {
        PolicyKinds.NetworkPolicy => StoreKeys.NetworkPolicy(declared.Home, declared.Name),
        PolicyKinds.ClusterNetworkPolicy => StoreKeys.ClusterNetworkPolicy(declared.Name),
        PolicyKinds.HostPolicy => StoreKeys.HostPolicy(declared.Name),
        PolicyKinds.NetworkSet => StoreKeys.NetworkSet(declared.Name),
        PolicyKinds.Namespace => StoreKeys.Namespace(declared.Name),
        _ => throw new ArgumentException($"{declared.Kind} is not of policy", nameof(declared)),
    };

    private static T ReadNamed<T>(StoreEntry entry, MessageParser<T> parser, Func<T, ObjectMeta?> metadata) where T : class, IMessage<T>
    {
        T read = StoredObject.Read(entry, parser);
        return metadata(read) is { Name.Length: > 0 }
            ? read
            : throw new StoreException($"{entry.Key} holds a {typeof(T).Name} without a name") { NextStep = "apply it again, or delete the key" };
    }

    /// <summary>An object of one of these kinds as a resource.</summary>
    public static Resource AsResource(IMessage message) => message switch
    {
        NetworkPolicy policy => new Resource { NetworkPolicy = policy },
        ClusterNetworkPolicy policy => new Resource { ClusterNetworkPolicy = policy },
        HostPolicy policy => new Resource { HostPolicy = policy },
        NetworkSet set => new Resource { NetworkSet = set },
        Namespace item => new Resource { Namespace = item },
        _ => throw new ArgumentException($"{message.Descriptor.Name} is not of policy", nameof(message)),
    };
}
