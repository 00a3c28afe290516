using System.Net;
using System.Net.Sockets;

namespace Weft.NetDaemon.Ipam;

/// <summary>What became of a request for addresses. The three kinds are all there are.</summary>
internal abstract record AllocationOutcome
{
    private AllocationOutcome() { }

    /// <summary>What was asked for; IPv4 first. In memory only until the ledger has them.</summary>
    internal sealed record Allocated(IReadOnlyList<AllocatedAddress> Addresses) : AllocationOutcome;

    /// <summary>No pool of one family can give an address now. Nothing was taken.</summary>
    /// <param name="Family">The family that ran out.</param>
    /// <param name="Pools">Its pools, in the order they were tried, counted within the ranges only.</param>
    /// <param name="NextFree">When the first cooling address that may be given can be used again, or null when there is none.</param>
    /// <param name="Within">The ranges that the request restricted it to.</param>
    internal sealed record Exhausted(
        AddressFamily Family, IReadOnlyList<PoolUsage> Pools, DateTimeOffset? NextFree, IReadOnlyList<AddressInterval> Within) : AllocationOutcome
    {
        /// <summary>One sentence naming the pools and their use.</summary>
        public string Message => Pools.Count == 0
            ? "the network has no pool"
            : $"no free address {(Within.Count == 0 ? "" : $"within {string.Join(", ", Within)} ")}in "
                + string.Join(", ", Pools.Select(p => $"pool {p.Pool} ({p.Cidr}: {(Within.Count == 0 ? "" : "within ")}{p.Used} in use, {p.Cooling} cooling"
                    + $"{(p.Withheld == 0 ? "" : $", {p.Withheld} reserved or withheld")})"));

        /// <summary>One sentence: what the operator can do.</summary>
        public string NextStep => NextFree is { } when
            ? $"the next address is free again at {when:HH:mm:ss} UTC; or add a Pool to the network"
            : "add a Pool to the network, or remove containers";
    }

    /// <summary>A wanted address cannot be had. Nothing was taken.</summary>
    /// <param name="Address">The address, as wanted.</param>
    /// <param name="Reason">Why not.</param>
    /// <param name="Message">One sentence naming the address and who or what stands in the way.</param>
    internal sealed record WantedUnavailable(IPAddress Address, WantedProblem Reason, string Message) : AllocationOutcome;
}

/// <param name="Address">The address.</param>
/// <param name="Pool">Name of the pool it comes from.</param>
/// <param name="PoolCidr">The pool's whole range.</param>
internal sealed record AllocatedAddress(IPAddress Address, string Pool, Cidr PoolCidr)
{
    /// <summary>Whether its block is another node's: it is routed here by itself.</summary>
    public bool IsMoved { get; init; }
}
