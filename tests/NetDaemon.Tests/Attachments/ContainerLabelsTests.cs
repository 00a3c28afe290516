using System.Net.Sockets;
using Weft.Contracts.Cni;
using Weft.NetDaemon.Attachments;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Attachments;

/// <summary>Against a real containerd.</summary>
public sealed class ContainerLabelsTests
{
    private const int NoLabels = 1205;

    private readonly TimerClock _clock = new();
    private readonly RecordingLogger<ContainerLabels> _log = new();
    private readonly ContainerLabels _labels;

    public ContainerLabelsTests() => _labels = new ContainerLabels(_clock, _log);

    [KernelFact]
    public async Task The_labels_of_ctr_nerdctl_and_CRI_containers_are_found()
    {
        await using PrivateContainerd containerd = await PrivateContainerd.StartAsync();
        containerd.Create("default", "alpha", "app=web");
        containerd.Create("my-team", "web-1", "tier=front");
        containerd.Create("k8s.io", "0123abcd", "io.kubernetes.pod.name=web-0");
        containerd.Create("default", "bare");

        Assert.Equal("app=web", await FindAsync(containerd.Address, "default-alpha"));
        Assert.Equal("tier=front", await FindAsync(containerd.Address, "my-team-web-1"));
        Assert.Equal("io.kubernetes.pod.name=web-0", await FindAsync(containerd.Address, "0123abcd"));
        Assert.Equal("", await FindAsync(containerd.Address, "default-bare"));
        Assert.Null(await FindAsync(containerd.Address, "default-beta"));
        Assert.Null(await FindAsync(containerd.Address, "no such thing"));
        Assert.Empty(_log.TextsOf(NoLabels));
    }

    [KernelFact]
    public async Task Labels_of_a_container_that_is_made_after_its_network_are_found_later()
    {
        await using PrivateContainerd containerd = await PrivateContainerd.StartAsync();
        await using var late = new LateLabels(_labels, _clock);
        var found = new TaskCompletionSource<EndpointDescription>();
        late.Miss(7, Request(containerd.Address, "0123abcd"));

        late.Begin(7, endpoint =>
        {
            found.SetResult(endpoint);
            return Task.CompletedTask;
        });
        await _clock.PassAsync(TimeSpan.FromSeconds(0.25));     // in vain
        await _clock.PassAsync(TimeSpan.FromSeconds(0.75));
        await _clock.BegunAsync(TimeSpan.FromSeconds(2));       // that look is over, too
        Assert.False(found.Task.IsCompleted);
        containerd.Create("k8s.io", "0123abcd", "io.kubernetes.pod.name=web-0", "io.kubernetes.pod.namespace=shop", "app=web");
        _clock.Advance(TimeSpan.FromSeconds(2));

        EndpointDescription endpoint = await found.Task.WaitAsync(Programs.DefaultLimit);
        Assert.Equal(("shop", "web-0", "web"), (endpoint.Namespace, endpoint.Name, endpoint.Labels["app"]));
    }

    [Fact]
    public async Task A_containerd_that_is_not_there_costs_nothing_but_one_line_in_the_log()
    {
        using var directory = new TempDirectory();

        Assert.Null(await FindAsync(directory.File("c.sock"), "default-alpha"));
        Assert.Null(await FindAsync(directory.File("c.sock"), "default-beta"));

        Assert.Contains(directory.File("c.sock"), Assert.Single(_log.TextsOf(NoLabels)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("relative/path")]
    [InlineData("/dev/null")]
    public async Task An_address_that_is_no_socket_is_as_if_nobody_answered(string address) => Assert.Null(await FindAsync(address, "default-alpha"));

    [Fact]
    public async Task An_address_that_is_too_long_for_a_socket_is_as_if_nobody_answered() =>
        Assert.Null(await FindAsync("/" + new string('x', 200), "default-alpha"));

    [Fact]
    public async Task A_containerd_that_is_silent_is_given_up_after_a_second()
    {
        using var directory = new TempDirectory();
        using var silent = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        silent.Bind(new UnixDomainSocketEndPoint(directory.File("c.sock")));
        silent.Listen();

        Task<string?> search = FindAsync(directory.File("c.sock"), "default-alpha");
        await _clock.PassAsync(ContainerLabels.Patience);

        Assert.Null(await search.WaitAsync(Programs.DefaultLimit));
        Assert.Contains("within 1 s", Assert.Single(_log.TextsOf(NoLabels)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Searches_end_with_the_attachment_and_with_weftd()
    {
        using var directory = new TempDirectory();
        var late = new LateLabels(_labels, _clock);
        int calls = 0;
        Task Count(EndpointDescription endpoint)
        {
            calls++;
            return Task.CompletedTask;
        }
        late.Begin(1, Count);                               // was never missed
        late.Miss(2, Request(directory.File("c.sock"), "default-a"));
        late.Begin(2, Count);
        late.Miss(3, Request(directory.File("c.sock"), "default-b"));
        late.Forget(3);
        late.Begin(3, Count);

        await late.DisposeAsync().AsTask().WaitAsync(Programs.DefaultLimit);

        Assert.Equal(0, calls);
    }

    private static AttachRequest Request(string address, string container) => new()
    {
        Key = new Contracts.Cni.AttachmentKey { Network = "weft", ContainerId = container, InterfaceName = "eth0" },
        ContainerdAddress = address,
    };

    private async Task<string?> FindAsync(string address, string container) =>
        await _labels.FindAsync(address, container, CancellationToken.None) is { } labels
            ? string.Join(',', labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value}"))
            : null;
}
