using Weft.Contracts.Cni;
using Weft.Dataplane;
using Weft.Dataplane.Netlink;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Kernel;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Attachments;

/// <content>CNI STATUS.</content>
internal sealed partial class AttachmentService
{
    /// <summary>How the uplink is chosen.</summary>
    public UnderlayChoice Underlay { get; init; } = UnderlayChoice.ByDefaultRoute;

    /// <summary>Knows what others' rules do to containers' packets; null: nobody looks.</summary>
    public OthersForwarding? Forwarding { get; set; }

    /// <summary>Could an ADD be served now? What existing containers suffer from too is told first.</summary>
    /// <exception cref="RefusedException">Why not.</exception>
    public async Task RequireAvailableAsync(StatusRequest request)
    {
        RequireReady();
        IReadOnlyList<WantedRange> ranges = NetworkProvision.RangesOf(request.Ranges, request.Template);
        bool unmade = await provision.WouldMakeAsync(request);
        using (await nodeLock.EnterAsync())
        {
            NetworkView? network = unmade ? null
                : catalog.Current.Resolve(request.WeftNetwork, request.Network) ?? throw UnknownNetwork(request.WeftNetwork);
            RequireConnectivity(network);
            try
            {
                ledger.RequireRoom();
            }
            catch (StoreException e)
            {
                throw StoreFailed(e);
            }
            if (network is null)
            {
                return;   // the first ADD makes it, with all of its addresses free
            }
            // The surest test of the allocator is an allocation; nothing has seen the addresses when they go back.
            IReadOnlyList<AllocatedAddress> addresses = await AllocateAsync(network, null, AddressWishes.Anybody(network, catalog.Current.Reservations, ranges));
            allocator.ReturnUnused(network.Name, addresses.Select(a => a.Address));
        }
    }

    /// <param name="network">Null when it is not made yet.</param>
    private void RequireConnectivity(NetworkView? network)
    {
        try
        {
            if (kernel.WhyUnusable is { } why)
            {
                throw Limited(why, "see `weft status` and weftd's log");
            }
            if (kernel.WhatRulesLack() is { } lacking)
            {
                throw Limited($"the rules are not in place: {lacking}", "weftd repairs them; if it stays so see its log");
            }
            if (network is not null && !kernel.HasLink(network.Bridge))
            {
                throw Limited($"the bridge {network.Bridge} of network {network.Name} is not there", "weftd makes it anew; if it stays so see `weft status`");
            }
            Uplink uplink = Uplink.Find(Underlay, kernel.Namespace);
            if (uplink.WhyUseless is { } useless)
            {
                throw Limited(useless, "containers reach each other but not the outside: add a default route, or name the interface with uplink in weftd's config file");
            }
            if (network is not null && Forwarding?.WhyCut(network) is { } cut)
            {
                throw Limited(cut.Why, cut.Next);
            }
        }
        catch (Exception e) when (e is KernelException or MalformedNetlinkException)
        {
            throw Limited($"the kernel cannot be asked: {e.Message}", "see weftd's log");
        }
    }

    private static RefusedException Limited(string why, string next) => new(RefusalReason.ConnectivityLimited, why, next);
}
