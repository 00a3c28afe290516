using Microsoft.Extensions.Logging.Abstractions;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Tests.Ipam;
using Weft.TestSupport;
using Endpoint = Weft.Contracts.V1.Endpoint;
using static Weft.NetDaemon.Tests.Attachments.LedgerRecords;

namespace Weft.NetDaemon.Tests.Attachments;

public sealed class EndpointPublisherTests : IAsyncLifetime, IDisposable
{
    private const int PublishFailed = 1204;

    private readonly TempDirectory _directory = new();
    private readonly TimerClock _clock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly RecordingLogger<EndpointPublisher> _log = new();
    private EmbeddedStore _store = null!;
    private FailingStore _failing = null!;
    private EndpointPublisher _publisher = null!;
    private Task _loop = null!;

    public Task InitializeAsync()
    {
        _store = EmbeddedStore.Open(_directory, TimeProvider.System);
        _failing = new FailingStore(_store);
        _publisher = new EndpointPublisher(_failing, new NodeIdentity("node-a", 1, "boot"), _clock, _log);
        _loop = _publisher.RunAsync(_stop.Token);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _store.DisposeAsync();
    }

    public void Dispose()
    {
        _stop.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Endpoints_come_and_go_with_their_attachments()
    {
        _publisher.Publish(Committed("a"));
        _publisher.Publish(Committed("b"));
        Assert.Equal(["a node-a 10.0.0.1", "b node-a 10.0.0.1"], await EndpointsAsync(2));

        _publisher.Withdraw(Committed("a"));
        Assert.Equal(["b node-a 10.0.0.1"], await EndpointsAsync(1));
    }

    [Fact]
    public async Task The_last_word_on_an_endpoint_counts()
    {
        for (int i = 0; i < 50; i++)
        {
            _publisher.Publish(Committed("a"));
            _publisher.Withdraw(Committed("a"));
        }
        _publisher.Publish(Committed("b"));
        Assert.Equal(["b node-a 10.0.0.1"], await EndpointsAsync(1, without: "a"));
    }

    [Fact]
    public async Task More_than_one_transaction_holds_is_written_too()
    {
        for (int i = 0; i < 450; i++)
        {
            _publisher.Publish(Committed($"c{i}"));
        }
        Assert.Equal(450, (await EndpointsAsync(450)).Count);
    }

    [Fact]
    public async Task A_store_that_is_away_delays_and_loses_nothing()
    {
        _failing.IsAway = true;
        _publisher.Publish(Committed("a"));
        await _log.NextAsync(PublishFailed);
        _publisher.Publish(Committed("b"));
        await _clock.PassAsync(TimeSpan.FromSeconds(1));
        await _log.NextAsync(PublishFailed);

        _failing.IsAway = false;
        await _clock.PassAsync(TimeSpan.FromSeconds(1));

        Assert.Equal(2, (await EndpointsAsync(2)).Count);
    }

    [Fact]
    public async Task At_start_nothing_is_written_when_all_is_as_it_should_be()
    {
        _publisher.Publish(Committed("a"));
        await EndpointsAsync(1);
        long revision = (await _store.RangeAsync(StoreKeys.Endpoints, CancellationToken.None)).Revision;

        await _publisher.SynchronizeAsync(() => [Committed("a"), Record("pending", "10.0.0.2")], new NodeLock(), CancellationToken.None);
        _publisher.Publish(Committed("last"));
        await EndpointsAsync(2);

        Assert.Equal(revision + 1, (await _store.RangeAsync(StoreKeys.Endpoints, CancellationToken.None)).Revision);
    }

    [Fact]
    public async Task At_start_what_differs_is_written_and_what_is_gone_is_withdrawn_but_nothing_of_other_nodes()
    {
        var other = new EndpointPublisher(_store, new NodeIdentity("node-b", 2, "boot"), TimeProvider.System, NullLogger<EndpointPublisher>.Instance);
        using var stop = new CancellationTokenSource();
        Task loop = other.RunAsync(stop.Token);
        other.Publish(Committed("theirs"));
        _publisher.Publish(Committed("gone"));
        _publisher.Publish(Committed("changed"));
        await EndpointsAsync(3);

        await _publisher.SynchronizeAsync(() => [Committed("changed") with { Mtu = 1 }, Committed("new")], new NodeLock(), CancellationToken.None);

        Assert.Equal(["changed node-a 10.0.0.1", "new node-a 10.0.0.1", "theirs node-b 10.0.0.1"], await EndpointsAsync(3, without: "gone"));
        await stop.CancelAsync();
        await Task.WhenAny(loop);
    }

    [Fact]
    public async Task An_object_that_cannot_be_read_does_not_keep_weftd_from_starting()
    {
        string broken = StoreKeys.Endpoint("shop", "a", "wfta");
        await _store.TxnAsync(new StoreTxn().Put(broken, new byte[] { 0xff, 0xff }).Put(StoreKeys.Endpoint("x", "y", "z"), new byte[] { 0xff }), CancellationToken.None);

        await _publisher.SynchronizeAsync(() => [Committed("a")], new NodeLock(), CancellationToken.None);
        _publisher.Publish(Committed("b"));
        await WaitForAsync(StoreKeys.Endpoint("shop", "b", "wftb"));

        Assert.Equal("a", Endpoint.Parser.ParseFrom((await _store.GetAsync(broken, CancellationToken.None))!.Value.Span).Name);
    }

    private static AttachmentRecord Committed(string container) => Record(container, "10.0.0.1") with { State = AttachmentState.Committed };

    /// <summary>Waits until there are that many, and reads them.</summary>
    private async Task<IReadOnlyList<string>> EndpointsAsync(int count, string? without = null)
    {
        using var limit = new CancellationTokenSource(Programs.DefaultLimit);
        await foreach (WatchBatch _ in _store.WatchAsync(StoreKeys.Endpoints, 1, limit.Token))
        {
            StoreRange range = await _store.RangeAsync(StoreKeys.Endpoints, limit.Token);
            if (range.Entries.Count == count && (without is null || !range.Entries.Any(e => e.Key.Contains($"/{without}/", StringComparison.Ordinal))))
            {
                return [.. range.Entries.Select(e => Endpoint.Parser.ParseFrom(e.Value.Span)).Select(e => $"{e.Name} {e.Node} {e.Addresses[0]}")];
            }
        }
        throw new InvalidOperationException("the watch ended");
    }

    private async Task WaitForAsync(string key)
    {
        using var limit = new CancellationTokenSource(Programs.DefaultLimit);
        await foreach (WatchBatch batch in _store.WatchAsync(key, 1, limit.Token))
        {
            if (batch.Changes.Any(c => c.Entry is not null))
            {
                return;
            }
        }
    }
}
