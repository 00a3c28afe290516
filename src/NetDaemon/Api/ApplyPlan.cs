using System.Net;
using System.Text;
using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Manifests;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Store;
using Weft.Manifests.Yaml;

namespace Weft.NetDaemon.Api;

/// <summary>
/// What applying objects changes, decided from a snapshot alone. Builds the state after the apply and judges that: the order of the
/// objects does not matter, and two pools may swap their ranges.
/// </summary>
internal sealed class ApplyPlan
{
    private readonly ConfigSnapshot _before;
    private readonly Dictionary<string, Network> _networks;
    private readonly Dictionary<string, Pool> _pools;
    private readonly Dictionary<string, Reservation> _reservations;
    private readonly Func<string, IPAddress, AddressHolder?> _holderOf;
    private readonly ProblemList _invalid = new();
    private readonly ProblemList _inUse = new();
    private readonly List<Applied> _results = [];
    private readonly List<StoreOperation.Put> _writes = [];
    private readonly List<string> _absent = [];

    private ApplyPlan(ConfigSnapshot before, Func<string, IPAddress, AddressHolder?> holderOf)
    {
        _before = before;
        _networks = before.Networks.ToDictionary();
        _pools = before.Pools.ToDictionary();
        _holderOf = holderOf;
        _reservations = new Dictionary<string, Reservation>(StringComparer.Ordinal);
        foreach (Reservation reservation in before.AllReservations)
        {
            _reservations.TryAdd(reservation.Name, reservation);
        }
    }

    /// <summary>What becomes of each object, with what it is and will be, in the order given.</summary>
    public IReadOnlyList<Applied> Results => _results;

    /// <summary>Records to put; empty when everything is as stated already.</summary>
    public IReadOnlyList<StoreOperation.Put> Writes => _writes;

    /// <summary>Keys of <see cref="Writes"/> that must not exist yet.</summary>
    public IReadOnlyList<string> Absent => _absent;

    /// <param name="before">What there is.</param>
    /// <param name="objects">What there is to be besides.</param>
    /// <param name="holderOf">Who has an address of a network now.</param>
    /// <exception cref="ResourceException">Some object clashes with what exists or with another; every problem is in the message.</exception>
    public static ApplyPlan Build(
        ConfigSnapshot before, IReadOnlyList<DeclaredObject> objects, Func<string, IPAddress, AddressHolder?> holderOf)
    {
        var plan = new ApplyPlan(before, holderOf);
        plan.AddNetworks([.. objects.OfType<DeclaredNetwork>()]);
        plan.AddPools([.. objects.OfType<DeclaredPool>()]);
        plan.AddReservations([.. objects.OfType<DeclaredReservation>()]);
        foreach (DeclaredObject declared in objects)
        {
            plan.AddResult(declared);
        }
        plan.ThrowIfRefused();
        return plan;
    }

    private void AddNetworks(IReadOnlyList<DeclaredNetwork> declared)
    {
        HashSet<uint> takenNumbers = [.. _before.TakenNumbers];
        // A network that asks for no VNI gets its number as VNI, so a new number must not be a VNI that another has.
        HashSet<uint> takenVnis = [.. declared.Select(network => network.Vni), .. _before.Networks.Values.Select(network => network.Vni)];
        foreach (DeclaredNetwork network in declared)
        {
            uint number = _before.Networks.TryGetValue(network.Name, out Network? existing)
                ? existing.Number
                : NextNumber(network, takenNumbers, takenVnis);
            if (number == 0)
            {
                continue;
            }
            _networks[network.Name] = new Network
            {
                Name = network.Name,
                Number = number,
                Vni = network.Vni == 0 ? number : network.Vni,
                Mtu = network.Mtu,
                Masquerade = network.Masquerade,
                Gateway4 = GatewayAddresses.ForNetwork(number).ToString(),
                Gateway6 = GatewayAddresses.IPv6.ToString(),
                CniConfiguration = existing?.CniConfiguration ?? network.CniConfiguration,
            };
        }
        CheckVnis(declared);
    }

    private uint NextNumber(DeclaredNetwork network, HashSet<uint> takenNumbers, HashSet<uint> takenVnis)
    {
        for (uint number = 1; number <= GatewayAddresses.MaximumNumber; number++)
        {
            if ((network.Vni != 0 || !takenVnis.Contains(number)) && takenNumbers.Add(number))
            {
                return number;
            }
        }
        Refuse(_invalid, network, "", $"all {GatewayAddresses.MaximumNumber} network numbers are taken; delete a network first");
        return 0;
    }

    private void CheckVnis(IReadOnlyList<DeclaredNetwork> declared)
    {
        ILookup<uint, string> namesByVni = _networks.Values.ToLookup(network => network.Vni, network => network.Name);
        foreach (DeclaredNetwork network in declared)
        {
            uint vni = _networks.TryGetValue(network.Name, out Network? wanted) ? wanted.Vni : 0;
            string? other = vni == 0 ? null : namesByVni[vni].Order(StringComparer.Ordinal).FirstOrDefault(name => name != network.Name);
            if (other is not null)
            {
                Refuse(_invalid, network, "spec.vni", $"{vni} is the VNI of network \"{other}\" already; choose another"
                    + (network.Vni == 0 ? " (left out, it is the network's number)" : ""));
            }
        }
    }

    private void AddPools(IReadOnlyList<DeclaredPool> declared)
    {
        foreach (DeclaredPool pool in declared)
        {
            var wanted = new Pool { Name = pool.Name, Network = pool.Network, Cidr = pool.Cidr.ToString(), BlockSize = pool.BlockSize };
            wanted.Withheld.AddRange(pool.Withheld?.Select(a => a.ToString()) ?? _before.Pools.GetValueOrDefault(pool.Name)?.Withheld ?? []);
            wanted.NodeSelector.Add(pool.NodeSelector.ToDictionary());
            wanted.Namespaces.AddRange(pool.Namespaces);
            _pools[pool.Name] = wanted;
            if (!_networks.ContainsKey(pool.Network))
            {
                Refuse(_invalid, pool, "spec.network", $"network \"{pool.Network}\" does not exist; apply it with the pool or before it");
            }
            CheckUnusedIfChanged(pool, wanted);
        }
        (string Name, string Network, Cidr Range)[] ranges = [.. _pools.Values.Select(pool => (pool.Name, pool.Network, Cidr.Parse(pool.Cidr)))];
        foreach (DeclaredPool pool in declared)
        {
            foreach ((string name, string network, Cidr range) in ranges)
            {
                if (name != pool.Name && range.Overlaps(pool.Cidr))
                {
                    Refuse(_invalid, pool, "spec.cidr",
                        $"{pool.Cidr} of pool \"{pool.Name}\" overlaps {range} of pool \"{name}\" (network \"{network}\"); choose a range of its own");
                }
            }
        }
    }

    private void AddReservations(IReadOnlyList<DeclaredReservation> declared)
    {
        if (declared.Count == 0)
        {
            return;
        }
        foreach (DeclaredReservation reservation in declared)
        {
            var wanted = new Reservation
            {
                Name = reservation.Name,
                Network = reservation.Network,
                Namespace = reservation.Namespace,
                EndpointName = reservation.EndpointName,
                ContainerId = reservation.ContainerId,
                InterfaceName = reservation.InterfaceName,
                Mac = reservation.Mac?.ToString() ?? "",
                // An import's may be applied as it was printed.
                ImportedFrom = _before.Reservations.ContainsKey(reservation.Name) ? "" : _reservations.GetValueOrDefault(reservation.Name)?.ImportedFrom ?? "",
            };
            wanted.Addresses.AddRange(reservation.Addresses.Select(a => a.ToString()));
            if (wanted.ImportedFrom.Length > 0 && !wanted.Equals(_reservations[reservation.Name]))
            {
                Refuse(_invalid, reservation, "", $"Reservation \"{reservation.Name}\" belongs to the import \"{wanted.ImportedFrom}\" and cannot be changed; "
                    + "use another name, or delete it first");
                continue;
            }
            _reservations[reservation.Name] = wanted;
        }
        var checks = new ReservationChecks(_pools.Values, _reservations.Values, _holderOf);
        foreach (DeclaredReservation reservation in declared)
        {
            if (!_networks.ContainsKey(reservation.Network))
            {
                Refuse(_invalid, reservation, "spec.network", $"network \"{reservation.Network}\" does not exist; apply it with the reservation or before it");
                continue;
            }
            Reservation wanted = _reservations[reservation.Name];
            foreach (IPAddress address in reservation.Addresses)
            {
                if ((checks.WhyNotOfPool(reservation.Network, address) ?? checks.WhyReserved(wanted, address)) is { } problem)
                {
                    Refuse(_invalid, reservation, "spec.addresses", problem);
                }
                else if (checks.WhyInUse(wanted, address) is { } inUse)
                {
                    Refuse(_inUse, reservation, "spec.addresses", inUse);
                }
            }
            if (checks.WhySecond(wanted) is { } second)
            {
                Refuse(_invalid, reservation, reservation.EndpointName.Length > 0 ? "spec.endpointName" : "spec.containerId", second);
            }
        }
    }

    private void CheckUnusedIfChanged(DeclaredPool pool, Pool wanted)
    {
        if (!_before.Pools.TryGetValue(pool.Name, out Pool? existing) || existing.Equals(wanted))
        {
            return;
        }
        int blocks = _before.BlocksOf(pool.Name).Count(entry => BlockClaims.TryRead(entry) is not { IsFree: true });
        if (blocks == 0)
        {
            return;
        }
        (string Field, string Old, string New)[] fields =
        [
            ("spec.network", existing.Network, wanted.Network),
            ("spec.cidr", existing.Cidr, wanted.Cidr),
            ("spec.blockSize", $"{existing.BlockSize}", $"{wanted.BlockSize}"),
        ];
        foreach ((string field, string old, string wantedText) in fields)
        {
            if (old != wantedText)
            {
                Refuse(_inUse, pool, field, $"cannot change from {old} to {wantedText} while pool \"{pool.Name}\" has {blocks} block(s) in use by nodes; "
                    + $"add another pool, or stop its containers, `weft delete pool {pool.Name}`, and apply again");
            }
        }
    }

    private void AddResult(DeclaredObject declared)
    {
        string name = declared.Name;
        (string Key, IMessage? Old, IMessage? Wanted) record = declared switch
        {
            DeclaredNetwork => (StoreKeys.Network(name), _before.Networks.GetValueOrDefault(name), _networks.GetValueOrDefault(name)),
            DeclaredReservation => (StoreKeys.Reservation(name), _before.AllReservations.FirstOrDefault(r => r.Name == name), _reservations.GetValueOrDefault(name)),
            _ => (StoreKeys.Pool(name), _before.Pools.GetValueOrDefault(name), _pools.GetValueOrDefault(name)),
        };
        (string key, IMessage? old, IMessage? wanted) = record;
        if (wanted is null)
        {
            return;   // refused already
        }
        var outcome = old is null ? ApplyOutcome.Created : old.Equals(wanted) ? ApplyOutcome.Unchanged : ApplyOutcome.Configured;
        _results.Add(new Applied { Kind = declared.Kind, Name = declared.Name, Outcome = outcome, Before = AsResource(old), After = AsResource(wanted) });
        if (outcome == ApplyOutcome.Unchanged)
        {
            return;
        }
        _writes.Add(new StoreOperation.Put(key, wanted.ToByteArray(), 0));
        if (outcome == ApplyOutcome.Created && wanted is Network network)
        {
            string number = StoreKeys.NetworkNumber(network.Number);
            _writes.Add(new StoreOperation.Put(number, Encoding.UTF8.GetBytes(network.Name), 0));
            _absent.Add(number);
        }
    }

    private static Resource? AsResource(IMessage? message) => message switch
    {
        Network network => new Resource { Network = network },
        Pool pool => new Resource { Pool = pool },
        Reservation reservation => new Resource { Reservation = reservation },
        _ => null,
    };

    private void ThrowIfRefused()
    {
        if (!_invalid.IsEmpty || !_inUse.IsEmpty)
        {
            RefusalReason reason = _invalid.IsEmpty ? RefusalReason.InUse : RefusalReason.Invalid;
            foreach (Problem problem in _inUse.All)
            {
                _invalid.Add(problem.Source, problem.Line, problem.Path, problem.Text);
            }
            throw new ResourceException(reason, _invalid.ToString());
        }
    }

    private static void Refuse(ProblemList problems, DeclaredObject declared, string field, string text) =>
        problems.Add(declared.Origin.Source, declared.Origin.LineOf(field), declared.Origin.Path + field, text);
}
