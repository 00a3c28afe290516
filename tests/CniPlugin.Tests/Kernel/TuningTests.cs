using Weft.CniPlugin.Tests.Processes;
using Weft.CniPlugin.Tuning;
using Weft.Contracts.Cni;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Route;
using Weft.Dataplane.Sysctls;

namespace Weft.CniPlugin.Tests.Kernel;

/// <summary>Kernel parameters and settings of the link, in real namespaces.</summary>
public sealed class TuningTests
{
    private static readonly string[] Backlog = ["net", "core", "somaxconn"];

    [SkippableFact]
    public void ADD_sets_parameters_of_the_namespace_and_the_interface_and_DEL_restores_what_would_stay()
    {
        using var node = new TestNode();
        using NetworkNamespace container = NetworkNamespace.Create();
        string before = Sysctl.Read(Backlog, container);
        string ofNode = node.Open(static () => Sysctl.Read(Backlog));

        PluginAnswer answer = node.Run("ADD", container,
            ""","sysctl":{"net.core.somaxconn":"777","net.ipv4.conf.IFNAME.arp_filter":"1","net.ipv4.conf.all.accept_local":"1"},"promisc":true,"allmulti":true,"txQLen":55""");

        Assert.True(answer.ExitCode == 0, answer.Output + answer.Log);
        Assert.Equal(("777", "1"), (Sysctl.Read(Backlog, container), Sysctl.Read(["net", "ipv4", "conf", "eth0", "arp_filter"], container)));
        using (RouteSocket inside = RouteSocket.Open(container))
        {
            LinkInfo link = inside.LinkByName("eth0")!;
            Assert.Equal((LinkFlags.Promiscuous | LinkFlags.AllMulticast, 55u), (link.Flags & (LinkFlags.Promiscuous | LinkFlags.AllMulticast), link.TxQueueLength));
        }
        string file = Assert.Single(Saved(node));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));

        node.Run("DEL", container).IsSilentSuccess();

        Assert.Equal((before, "0"), (Sysctl.Read(Backlog, container), Sysctl.Read(["net", "ipv4", "conf", "all", "accept_local"], container)));
        Assert.Equal(ofNode, node.Open(static () => Sysctl.Read(Backlog)));
        Assert.Empty(Saved(node));
    }

    [SkippableFact]
    public void DEL_leaves_what_somebody_changed_since()
    {
        using var node = new TestNode();
        using NetworkNamespace container = NetworkNamespace.Create();
        Assert.Equal(0, node.Run("ADD", container, ""","sysctl":{"net.core.somaxconn":"777"}""").ExitCode);
        Sysctl.Write(Backlog, "888", container);

        node.Run("DEL", container).IsSilentSuccess();

        Assert.Equal("888", Sysctl.Read(Backlog, container));
    }

    [SkippableFact]
    public void DEL_never_touches_a_namespace_that_took_the_path_of_the_old_one()
    {
        using var node = new TestNode();
        using NetworkNamespace container = NetworkNamespace.Create();
        using NetworkNamespace other = NetworkNamespace.Create();
        Assert.Equal(0, node.Run("ADD", container, ""","sysctl":{"net.core.somaxconn":"777"}""").ExitCode);
        Sysctl.Write(Backlog, "777", other);

        node.Run("DEL", other).IsSilentSuccess();

        Assert.Equal("777", Sysctl.Read(Backlog, other));
        Assert.Empty(Saved(node));
    }

    [SkippableFact]
    public void DEL_without_a_namespace_forgets_what_was_saved()
    {
        using var node = new TestNode();
        using NetworkNamespace container = NetworkNamespace.Create();
        Assert.Equal(0, node.Run("ADD", container, ""","sysctl":{"net.core.somaxconn":"777"}""").ExitCode);

        node.Run("DEL", null).IsSilentSuccess();

        Assert.Empty(Saved(node));
    }

    [SkippableTheory]
    [InlineData("net.core.nosuch", "1")]
    [InlineData("net.ipv4.conf.IFNAME.nosuch", "1")]
    [InlineData("net.netfilter.nf_conntrack_buckets", "1")]
    public void What_the_namespace_does_not_have_is_refused_before_anybody_is_asked(string key, string value)
    {
        using var node = new TestNode();
        using NetworkNamespace container = NetworkNamespace.Create();

        (int code, string message, _) = node.Run("ADD", container, $$$""","sysctl":{"{{{key}}}":"{{{value}}}"}""").Error;

        Assert.Equal(7, code);
        Assert.Contains($"{key} = \"{value}\"", message, StringComparison.Ordinal);
        Assert.Empty(node.Daemon.Requests);
    }

    [SkippableFact]
    public void A_value_that_the_kernel_refuses_undoes_everything()
    {
        using var node = new TestNode();
        using NetworkNamespace container = NetworkNamespace.Create();
        string before = Sysctl.Read(Backlog, container);

        (int code, string message, _) = node.Run("ADD", container, ""","sysctl":{"net.core.somaxconn":"777","net.ipv4.tcp_ecn":"nonsense"}""").Error;

        Assert.Equal(7, code);
        Assert.Contains("net.ipv4.tcp_ecn = \"nonsense\"", message, StringComparison.Ordinal);
        Assert.Equal([Request.CallOneofCase.Attach, Request.CallOneofCase.Abort], node.Daemon.Calls);
        Assert.Equal(before, Sysctl.Read(Backlog, container));
        Assert.Empty(node.Leftovers);
        Assert.Empty(Saved(node));
    }

    [SkippableFact]
    public void Switching_IPv6_off_under_an_IPv6_address_is_refused()
    {
        using var node = new TestNode();
        using NetworkNamespace container = NetworkNamespace.Create();

        (int code, string message, _) = node.Run("ADD", container, ""","sysctl":{"net.ipv6.conf.all.disable_ipv6":"1"}""").Error;

        Assert.Equal(7, code);
        Assert.Contains("net.ipv6.conf.all.disable_ipv6", message, StringComparison.Ordinal);
        Assert.Empty(node.Leftovers);
    }

    [SkippableFact]
    public void Parameters_of_the_nodes_own_namespace_are_refused()
    {
        using var node = new TestNode();

        (int code, string message, _) = PluginProcess.Run(
            $$$"""{"cniVersion":"1.0.0","name":"net","socket":"{{{node.Daemon.SocketPath}}}","sysctl":{"net.core.somaxconn":"777"}}""", node.Path,
            ("CNI_COMMAND", "ADD"), ("CNI_CONTAINERID", "c1"), ("CNI_NETNS", "/proc/self/ns/net"), ("CNI_IFNAME", "eth7"), ("CNI_NETNS_OVERRIDE", "1")).Error;

        Assert.Equal(2, code);
        Assert.Contains("net.core.somaxconn", message, StringComparison.Ordinal);
    }

    private static string[] Saved(TestNode node)
    {
        string directory = SavedSysctls.DirectoryOf(node.Daemon.SocketPath);
        return Directory.Exists(directory) ? Directory.GetFiles(directory) : [];
    }
}
