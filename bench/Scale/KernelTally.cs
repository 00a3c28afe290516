namespace Weft.Scale;

/// <summary>Notifications of the kernel's: each is one request that was carried out.</summary>
/// <param name="Neighbours">Neighbour entries.</param>
/// <param name="Fdb">Forwarding entries.</param>
/// <param name="Nexthops">Nexthop objects.</param>
/// <param name="Routes">Routes by nexthop objects.</param>
/// <param name="Rulesets">Transactions of nf_tables.</param>
/// <param name="Others">Of links and routes without nexthop objects.</param>
/// <param name="Last">When the last one of the overlay came (Stopwatch.GetTimestamp); 0: none did.</param>
internal readonly record struct KernelTally(int Neighbours, int Fdb, int Nexthops, int Routes, int Rulesets, int Others, long Last)
{
    /// <summary>Those by rtnetlink that are the overlay's.</summary>
    public int Overlay => Neighbours + Fdb + Nexthops + Routes;

    public KernelTally Since(KernelTally before) => new(
        Neighbours - before.Neighbours, Fdb - before.Fdb, Nexthops - before.Nexthops, Routes - before.Routes, Rulesets - before.Rulesets, Others - before.Others, Last);
}
