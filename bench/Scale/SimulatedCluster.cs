using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Etcd;

namespace Weft.Scale;

/// <summary>All other nodes, written into etcd by weftd's own client.</summary>
internal sealed class SimulatedCluster : IAsyncDisposable
{
    private const int FirstNumber = 2;      // 1 is the real one's
    private const int MostOperations = 120; // of etcd's 128 in one transaction

    private readonly EtcdStore _store;
    private readonly int _networks;
    private readonly SortedDictionary<uint, SimulatedNode> _nodes = [];
    private uint _next = FirstNumber;

    public SimulatedCluster(string etcd, int networks)
    {
        _store = new EtcdStore(new EtcdOptions { Endpoints = [new Uri(etcd)] }, TimeProvider.System, NullLogger.Instance);
        _networks = networks;
    }

    public IReadOnlyCollection<SimulatedNode> Nodes => _nodes.Values;

    public int Networks => _networks;

    public SimulatedNode this[uint number] => _nodes[number];

    public async Task FillAsync(int count)
    {
        var txn = new StoreTxn();
        for (int i = 0; i < count; i++)
        {
            Add().PutAll(txn);
            if (txn.Operations.Count + 4 + (2 * _networks) > MostOperations || i == count - 1)
            {
                await WriteAsync(txn);
                txn = new StoreTxn();
            }
        }
    }

    /// <returns>The node, and when the writing began (<see cref="Stopwatch.GetTimestamp"/>).</returns>
    public async Task<(SimulatedNode Node, long Began)> JoinAsync()
    {
        SimulatedNode node = Add();
        return (node, await WriteAsync(node.PutAll(new StoreTxn())));
    }

    public Task<long> LeaveAsync(SimulatedNode node)
    {
        _nodes.Remove(node.Number);
        return WriteAsync(node.DeleteAll(new StoreTxn()));
    }

    public Task<long> MoveAsync(SimulatedNode node)
    {
        node.Move();
        return WriteAsync(node.PutRecord(new StoreTxn()));
    }

    public Task<long> StartContainerAsync(SimulatedNode node, int count) => WriteAsync(node.PutContainer(new StoreTxn(), count));

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private SimulatedNode Add()
    {
        var node = new SimulatedNode(_next++, _networks);
        _nodes.Add(node.Number, node);
        return node;
    }

    private async Task<long> WriteAsync(StoreTxn txn)
    {
        long began = Stopwatch.GetTimestamp();
        await _store.TxnAsync(txn, CancellationToken.None);
        return began;
    }
}
