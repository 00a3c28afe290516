using System.Net;
using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.Manifests.Addresses;
using Weft.NetDaemon.Store;

namespace Weft.Scale;

/// <summary>Another node, as its weftd would publish it: nothing of it exists but its records.</summary>
/// <param name="number">Its node number.</param>
/// <param name="networks">How many networks there are; it has one block of both families in each.</param>
internal sealed class SimulatedNode(uint number, int networks)
{
    private const int NodesPerRack = 200;

    private int _generation;    // of its address

    public uint Number => number;

    public string Name { get; } = $"sim-{number:D5}";

    /// <summary>Its IPv4 address on the underlay.</summary>
    public IPAddress Underlay4 => AddressNumber.ToAddress(System.Net.Sockets.AddressFamily.InterNetwork, 0xac10_0000u + ((uint)_generation << 15) + Place);

    public IPAddress Underlay6 => IPAddress.Parse($"2001:db8:77:{_generation + 1:x}::{Place:x}");

    /// <summary>Its blocks, with the networks' numbers as they are counted here: from 0.</summary>
    public IEnumerable<(int Network, string Pool, Cidr Cidr)> Blocks => Enumerable.Range(0, networks).SelectMany(n => ((int, string, Cidr)[])
    [
        (n, PoolName(n, 4), Pool4(n).Part(number, 26)),
        (n, PoolName(n, 6), Pool6(n).Part(number, 122)),
    ]);

    public static string NetworkName(int network) => $"net-{network}";

    public static string PoolName(int network, int family) => $"net-{network}-v{family}";

    /// <summary>8,192 blocks of 64 addresses.</summary>
    public static Cidr Pool4(int network) => Cidr.Parse($"10.{network * 8}.0.0/13");

    public static Cidr Pool6(int network) => Cidr.Parse($"fd57:0:0:{network:x}::/108");

    /// <summary>From now on it has another address on the underlay, which no node had before.</summary>
    public void Move() => _generation++;

    /// <summary>Its own record.</summary>
    public StoreTxn PutRecord(StoreTxn txn) => txn.Put(StoreKeys.Node(Name), Record.ToByteArray());

    /// <summary>All that its weftd writes before its first container runs, and the blocks that come with that.</summary>
    public StoreTxn PutAll(StoreTxn txn)
    {
        PutRecord(txn)
            .Put(StoreKeys.NodeNumber(number), System.Text.Encoding.UTF8.GetBytes(Name))
            .Put(StoreKeys.NodeAlive(Name), System.Text.Encoding.UTF8.GetBytes(Record.BootId))
            .Put(StoreKeys.Hold(number), new BlockHold { Node = number, BootId = Record.BootId, HoldMs = 86_400_000, ConfirmedBootMs = 100_000 }.ToByteArray());
        foreach ((_, string pool, Cidr cidr) in Blocks)
        {
            txn.Put(StoreKeys.Block(pool, cidr.ToString()), new Block { Pool = pool, Cidr = cidr.ToString(), Owner = number, Epoch = 1, State = BlockState.Active }.ToByteArray());
        }
        return txn;
    }

    /// <summary>All of it goes.</summary>
    public StoreTxn DeleteAll(StoreTxn txn)
    {
        txn.Delete(StoreKeys.Node(Name)).Delete(StoreKeys.NodeNumber(number)).Delete(StoreKeys.NodeAlive(Name)).Delete(StoreKeys.Hold(number));
        foreach ((_, string pool, Cidr cidr) in Blocks)
        {
            txn.Delete(StoreKeys.Block(pool, cidr.ToString()));
        }
        return txn;
    }

    /// <summary>A container starts there: its endpoint, and the copies of the blocks that its addresses are of.</summary>
    public StoreTxn PutContainer(StoreTxn txn, int count)
    {
        string name = $"pod-{count}";
        var endpoint = new Contracts.V1.Endpoint
        {
            Namespace = "default", Name = name, Network = NetworkName(0), ContainerId = $"c{count:x64}", InterfaceName = "eth0", Mac = "06:57:0a:00:00:02", Node = Name,
            HostInterface = $"wft{count:x8}", CreatedUnixMs = 1_700_000_000_000, Labels = { ["app"] = "scale" },
        };
        foreach ((int network, string pool, Cidr cidr) in Blocks.Take(2))
        {
            string address = cidr.AddressAt(2).ToString();
            endpoint.Addresses.Add(address);
            txn.Put(StoreKeys.AllocationsOf(Name, pool, cidr.ToString()), new BlockAllocations
            {
                Pool = pool, Cidr = cidr.ToString(), Network = NetworkName(network), Epoch = 1,
                Addresses = { new Contracts.V1.AllocatedAddress { Address = address, Namespace = "default", Name = name, ContainerId = endpoint.ContainerId, InterfaceName = "eth0" } },
            }.ToByteArray());
        }
        return txn.Put(StoreKeys.Endpoint("default", name, endpoint.HostInterface), endpoint.ToByteArray());
    }

    private Node Record => new()
    {
        Name = Name, Number = number, UnderlayAddresses = { Underlay4.ToString(), Underlay6.ToString() }, Mtu = 1500, Version = "0.1.0",
        BootId = new Guid(number, 0x5757, 0x4000, 1, 2, 3, 4, 5, 6, 7, 8).ToString(), StartedUnixMs = 1_700_000_000_000, Uplink = "eth0",
        Segments = { Cidr.Containing(Underlay4, 24).ToString(), Cidr.Containing(Underlay6, 112).ToString() },
    };

    // Several racks, as a machine room has them: none is this node's.
    private uint Place => ((number / NodesPerRack) << 8) + (number % NodesPerRack) + 10;
}
