using System.Net;
using System.Text.Json;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route;
using Weft.TestSupport;

namespace Weft.Dataplane.Tests.Route;

public sealed class LinkTests : IDisposable
{
    private static readonly MacAddress HostMac = MacAddress.Parse("02:57:00:00:00:01");
    private static readonly MacAddress PeerMac = MacAddress.Parse("02:57:00:00:00:02");

    private readonly TestNamespace _space = new();
    private readonly TestNamespace _pod = new();
    private readonly RouteSocket _socket;

    public LinkTests() => _socket = _space.OpenRoute();

    public void Dispose()
    {
        _socket.Dispose();
        _pod.Dispose();
        _space.Dispose();
    }

    [KernelFact]
    public void A_veth_is_created_with_its_peer_in_the_other_namespace_and_both_indexes_come_back()
    {
        int bridge = CreateBridge("br0");
        var found = new List<LinkInfo>();
        _socket.Execute(
            new RouteBatch().CreateVeth(new VethSpec
            {
                Name = "host0",
                Mac = HostMac,
                Mtu = 1450,
                MasterIndex = bridge,
                Alias = "an alias",
                Group = 87,
                PeerName = "eth0",
                PeerMac = PeerMac,
                PeerMtu = 1400,
                PeerNamespace = _pod.Namespace,
                AddressGeneration = AddressGenerationMode.None,
                Up = true,
            }).GetLink("host0"),
            found);

        LinkInfo host = Assert.Single(found);
        Assert.Equal(
            ("host0", "veth", bridge, HostMac, 1450, "an alias", 87u, true, AddressGenerationMode.None),
            (host.Name, host.Kind, host.MasterIndex, host.Mac!.Value, host.Mtu, host.Alias, host.Group, host.IsUp, host.AddressGeneration!.Value));
        Assert.NotNull(host.PeerNamespaceId);
        using RouteSocket inside = _pod.OpenRoute();
        LinkInfo peer = inside.LinkByIndex(host.PeerIndex)!;
        Assert.Equal(("eth0", PeerMac, 1400, false, host.Index), (peer.Name, peer.Mac!.Value, peer.Mtu, peer.IsUp, peer.PeerIndex));

        JsonElement shown = Assert.Single(_space.Json("ip", "link", "show", "host0"));
        Assert.Equal("veth", shown.GetProperty("linkinfo").GetProperty("info_kind").GetString());
        Assert.Equal("br0", shown.GetProperty("master").GetString());
        Assert.Equal(1450, shown.GetProperty("mtu").GetInt32());
        Assert.Equal("02:57:00:00:00:01", shown.GetProperty("address").GetString());
        Assert.Equal("an alias", shown.GetProperty("ifalias").GetString());
        Assert.Equal("87", shown.GetProperty("group").GetString());
        Assert.Equal("none", shown.GetProperty("inet6_addr_gen_mode").GetString());
        JsonElement shownPeer = Assert.Single(_pod.Json("ip", "link", "show", "eth0"));
        Assert.Equal(1400, shownPeer.GetProperty("mtu").GetInt32());
        Assert.Equal("02:57:00:00:00:02", shownPeer.GetProperty("address").GetString());
    }

    [KernelFact]
    public void A_link_created_up_without_an_address_mode_has_no_link_local_address()
    {
        _socket.Execute(new RouteBatch().CreateBridge(
            new BridgeSpec { Name = "quiet", AddressGeneration = AddressGenerationMode.None, Up = true }));
        Assert.DoesNotContain(_socket.Addresses(), address => address.LinkIndex == _socket.LinkByName("quiet")!.Index);
    }

    [KernelFact]
    public void Chosen_indexes_are_honoured()
    {
        _socket.Execute(new RouteBatch().CreateVeth(
            new VethSpec { Name = "a", PeerName = "b", PeerNamespace = _pod.Namespace, Index = 1000, PeerIndex = 2000 }));
        Assert.Equal((1000, 2000), (_socket.LinkByName("a")!.Index, _socket.LinkByName("a")!.PeerIndex));
    }

    [KernelFact]
    public void A_second_link_of_the_same_name_is_refused_and_the_first_stays()
    {
        var spec = new VethSpec { Name = "a", PeerName = "b" };
        _socket.Execute(new RouteBatch().CreateVeth(spec));
        int index = _socket.LinkByName("a")!.Index;
        Assert.Equal(Errno.EEXIST, Assert.Throws<NetlinkException>(() => _socket.Execute(new RouteBatch().CreateVeth(spec))).Errno);
        Assert.Equal(index, _socket.LinkByName("a")!.Index);
    }

    [KernelFact]
    public void A_refused_creation_by_index_leaves_the_link_of_that_name_alone()
    {
        CreateBridge("br0");
        var batch = new RouteBatch().CreateBridge(new BridgeSpec
        {
            Name = "br0",
            Index = 4711,
            Alias = "not mine",
            AddressGeneration = AddressGenerationMode.None,
            Up = true,
        });
        Assert.Equal([Errno.EEXIST, Errno.ENODEV, Errno.ENODEV], _socket.TryExecute(batch).Select(failure => failure.Errno));
        LinkInfo untouched = _socket.LinkByName("br0")!;
        Assert.Equal((null, false), (untouched.Alias, untouched.IsUp));
    }

    [KernelFact]
    public void A_name_taken_inside_the_target_namespace_is_refused_and_leaves_nothing()
    {
        var batch = new RouteBatch().CreateVeth(new VethSpec { Name = "a", PeerName = "lo", PeerNamespace = _pod.Namespace });
        Assert.Equal(Errno.EEXIST, Assert.Throws<NetlinkException>(() => _socket.Execute(batch)).Errno);
        Assert.Null(_socket.LinkByName("a"));
    }

    [KernelFact]
    public void A_bridge_has_what_its_spec_says()
    {
        _socket.Execute(new RouteBatch().CreateBridge(
            new BridgeSpec { Name = "br0", Mac = HostMac, Mtu = 1450, AgeingTime = TimeSpan.FromSeconds(30), Alias = "x", Up = true }));
        LinkInfo link = _socket.LinkByName("br0")!;
        Assert.Equal(new BridgeInfo { AgeingTime = TimeSpan.FromSeconds(30) }, link.Bridge);
        Assert.Equal(("bridge", HostMac, 1450, "x", true), (link.Kind, link.Mac!.Value, link.Mtu, link.Alias, link.IsUp));
        JsonElement data = Assert.Single(_space.Json("ip", "link", "show", "br0")).GetProperty("linkinfo").GetProperty("info_data");
        Assert.Equal(
            (3000, 0, 0), (data.GetProperty("ageing_time").GetInt32(), data.GetProperty("stp_state").GetInt32(), data.GetProperty("mcast_snooping").GetInt32()));
    }

    [KernelTheory]
    [InlineData("192.0.2.1")]
    [InlineData("2001:db8::1")]
    public void A_vxlan_has_what_its_spec_says(string local)
    {
        KernelRequirement.KernelFeature(Directory.Exists("/sys/module/vxlan"), "VXLAN");
        int lower = CreateBridge("lower");
        _socket.Execute(new RouteBatch().CreateVxlan(new VxlanSpec
        {
            Name = "vx0",
            Vni = 4097,
            Port = 4790,
            Local = IPAddress.Parse(local),
            LowerIndex = lower,
            Ttl = 9,
            InheritTypeOfService = true,
            DontFragment = true,
            Mac = HostMac,
            Mtu = 1400,
        }));
        LinkInfo link = _socket.LinkByName("vx0")!;
        Assert.Equal(
            new VxlanInfo { Vni = 4097, Port = 4790, Local = IPAddress.Parse(local), LowerIndex = lower, Ttl = 9, InheritTypeOfService = true, DontFragment = true, UdpChecksum = true },
            link.Vxlan);
        JsonElement data = Assert.Single(_space.Json("ip", "link", "show", "vx0")).GetProperty("linkinfo").GetProperty("info_data");
        Assert.Equal(
            (4097, 4790, "lower", false, 9),
            (data.GetProperty("id").GetInt32(), data.GetProperty("port").GetInt32(), data.GetProperty("link").GetString(),
                data.GetProperty("learning").GetBoolean(), data.GetProperty("ttl").GetInt32()));
        Assert.Equal(local, data.GetProperty(local.Contains(':', StringComparison.Ordinal) ? "local6" : "local").GetString());
    }

    [KernelTheory]
    [InlineData(MacvlanMode.Source, "source")]
    [InlineData(MacvlanMode.Private, "private")]
    public void A_macvlan_has_what_its_spec_says(MacvlanMode mode, string name)
    {
        int lower = CreateBridge("lower");
        var spec = new MacvlanSpec
        {
            Name = "mac0",
            LowerIndex = lower,
            Mode = mode,
            Mac = HostMac,
            Mtu = 1400,
            Alias = "an alias",
            AddressGeneration = AddressGenerationMode.None,
            Up = true,
        };
        IReadOnlyList<NetlinkException> failures = _socket.TryExecute(new RouteBatch().CreateMacvlan(spec));
        KernelRequirement.KernelFeature(failures.Count == 0 || failures[0].Errno != Errno.EOPNOTSUPP, "macvlan devices");
        Assert.Empty(failures);
        LinkInfo link = _socket.LinkByName("mac0")!;
        Assert.Equal(
            ("macvlan", mode, lower, HostMac, 1400, "an alias", true, AddressGenerationMode.None),
            (link.Kind, link.Macvlan!.Value, link.PeerIndex, link.Mac!.Value, link.Mtu, link.Alias, link.IsUp, link.AddressGeneration!.Value));
        Assert.Null(_socket.LinkByName("lower")!.Macvlan);
        JsonElement shown = Assert.Single(_space.Json("ip", "link", "show", "mac0"));
        Assert.Equal("lower", shown.GetProperty("link").GetString());
        Assert.Equal(name, shown.GetProperty("linkinfo").GetProperty("info_data").GetProperty("mode").GetString());
        Assert.Equal(Errno.EEXIST, _socket.TryExecute(new RouteBatch().CreateMacvlan(spec))[0].Errno);
    }

    [KernelFact]
    public void A_dummy_is_created_where_the_kernel_has_them()
    {
        IReadOnlyList<NetlinkException> failures = _socket.TryExecute(new RouteBatch().CreateDummy(new DummySpec { Name = "d0", Up = true }));
        KernelRequirement.KernelFeature(failures.Count == 0 || failures[0].Errno != Errno.EOPNOTSUPP, "dummy devices");
        Assert.Equal("dummy", _socket.LinkByName("d0")!.Kind);
    }

    [KernelFact]
    public void Bridge_port_flags_are_set_in_the_batch_that_creates_the_port()
    {
        int bridge = CreateBridge("br0");
        var flags = new BridgePortFlags
        {
            Isolated = true,
            Learning = false,
            Locked = true,
            UnicastFlood = false,
            MulticastFlood = false,
            BroadcastFlood = false,
            Hairpin = true,
            NeighbourSuppression = true,
        };
        _socket.Execute(new RouteBatch()
            .CreateVeth(new VethSpec { Name = "port", PeerName = "peer", MasterIndex = bridge })
            .SetBridgePort("port", flags, up: true));
        LinkInfo port = _socket.LinkByName("port")!;
        Assert.Equal(flags, port.BridgePort);
        Assert.True(port.IsUp);
        JsonElement data = Assert.Single(_space.Json("ip", "link", "show", "port")).GetProperty("linkinfo").GetProperty("info_slave_data");
        Assert.Equal(
            (true, false, true, false, false, false, true, true),
            (data.GetProperty("isolated").GetBoolean(), data.GetProperty("learning").GetBoolean(), data.GetProperty("locked").GetBoolean(),
                data.GetProperty("flood").GetBoolean(), data.GetProperty("mcast_flood").GetBoolean(), data.GetProperty("bcast_flood").GetBoolean(),
                data.GetProperty("hairpin").GetBoolean(), data.GetProperty("neigh_suppress").GetBoolean()));

        _socket.Execute(new RouteBatch().SetBridgePort(port.Index, new BridgePortFlags { Isolated = false }));
        Assert.Equal(flags with { Isolated = false }, _socket.LinkByName("port")!.BridgePort);
        Assert.Equal(
            Errno.EOPNOTSUPP, Assert.Throws<NetlinkException>(() => _socket.Execute(new RouteBatch().SetBridgePort("br0", flags))).Errno);
    }

    [KernelFact]
    public void Every_property_of_a_link_can_be_changed()
    {
        int bridge = CreateBridge("br0");
        _socket.Execute(new RouteBatch().CreateVeth(new VethSpec { Name = "a", PeerName = "b", PeerNamespace = _pod.Namespace }));
        int index = _socket.LinkByName("a")!.Index;
        _socket.Execute(new RouteBatch()
            .SetLink("a", new LinkChange
            {
                Up = true,
                MasterIndex = bridge,
                Mac = HostMac,
                Mtu = 1300,
                Alias = "new",
                Group = 5,
                AddressGeneration = AddressGenerationMode.Random,
                Promiscuous = true,
                TxQueueLength = 17,
            }));
        LinkInfo changed = _socket.LinkByIndex(index)!;
        Assert.Equal(
            (true, bridge, HostMac, 1300, "new", 5u, AddressGenerationMode.Random, 17u),
            (changed.IsUp, changed.MasterIndex, changed.Mac!.Value, changed.Mtu, changed.Alias, changed.Group, changed.AddressGeneration!.Value,
                changed.TxQueueLength));
        Assert.True(changed.Flags.HasFlag(LinkFlags.Promiscuous));

        _socket.Execute(new RouteBatch()
            .SetLink(index, new LinkChange { Up = false, MasterIndex = 0, Alias = "", Promiscuous = false })
            .SetLink(index, new LinkChange { NewName = "renamed" }));
        LinkInfo back = _socket.LinkByName("renamed")!;
        Assert.Equal((index, false, 0, null), (back.Index, back.IsUp, back.MasterIndex, back.Alias));

        _socket.Execute(new RouteBatch().SetLink("renamed", new LinkChange { Namespace = _pod.Namespace }));
        Assert.Null(_socket.LinkByName("renamed"));
        using RouteSocket inside = _pod.OpenRoute();
        Assert.NotNull(inside.LinkByName("renamed"));
    }

    [KernelFact]
    public void Changing_a_link_that_is_gone_changes_no_other_even_with_a_group()
    {
        CreateBridge("br0");
        NetlinkException error = Assert.Throws<NetlinkException>(
            () => _socket.Execute(new RouteBatch().SetLink("gone", new LinkChange { Group = 0, Up = true })));
        Assert.Equal(Errno.ENODEV, error.Errno);
        Assert.False(_socket.LinkByName("br0")!.IsUp);
    }

    [KernelFact]
    public void A_group_is_deleted_at_once_and_nothing_else()
    {
        var batch = new RouteBatch();
        for (int i = 0; i < 10; i++)
        {
            batch.CreateVeth(new VethSpec { Name = $"v{i}", PeerName = "eth0", PeerNamespace = i == 0 ? _pod.Namespace : null, Group = 87 });
        }
        Assert.Equal(8, _socket.TryExecute(batch).Count);      // "eth0" is taken from the second on: one pair here, one with its peer in the pod
        CreateBridge("stays");
        _socket.Execute(new RouteBatch().DeleteGroup(87));
        Assert.Equal(["lo", "stays"], _socket.Links().Select(link => link.Name));
        using RouteSocket inside = _pod.OpenRoute();
        Assert.Equal(["lo"], inside.Links().Select(link => link.Name));
        Assert.Equal(Errno.ENODEV, Assert.Throws<NetlinkException>(() => _socket.Execute(new RouteBatch().DeleteGroup(87))).Errno);
    }

    [KernelFact]
    public void Links_are_filtered_by_bridge_and_kind()
    {
        int bridge = CreateBridge("br0");
        _socket.Execute(new RouteBatch()
            .CreateVeth(new VethSpec { Name = "a", PeerName = "b", MasterIndex = bridge })
            .CreateVeth(new VethSpec { Name = "c", PeerName = "d" }));
        Assert.Equal(["a"], _socket.Links(bridge).Select(link => link.Name));
        Assert.Equal(["br0"], _socket.Links(kind: "bridge").Select(link => link.Name));
        Assert.Equal(["a", "b", "c", "d"], _socket.Links(kind: "veth").Select(link => link.Name).Order());
        Assert.Empty(_socket.Links(kind: "no-such-kind"));
        Assert.Equal(6, _socket.Links().Count);
    }

    [KernelFact]
    public void A_link_that_does_not_exist_is_null()
    {
        Assert.Null(_socket.LinkByName("nobody"));
        Assert.Null(_socket.LinkByName("a-name-of-more-than-15-bytes"));
        Assert.Null(_socket.LinkByIndex(4711));
        Assert.Equal(LinkFlags.Loopback, _socket.LinkByName("lo")!.Flags & LinkFlags.Loopback);
    }

    private int CreateBridge(string name)
    {
        _socket.Execute(new RouteBatch().CreateBridge(new BridgeSpec { Name = name }));
        return _socket.LinkByName(name)!.Index;
    }
}
