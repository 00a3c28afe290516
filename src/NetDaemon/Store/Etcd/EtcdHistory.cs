using Weft.NetDaemon.Store.Etcd.Wire;

namespace Weft.NetDaemon.Store.Etcd;

/// <summary>
/// What is known of etcd's past: which cluster it is, and the highest revision that was seen. An answer that contradicts it is refused, for what
/// is missing from it was not deleted by anybody. Thread-safe.
/// </summary>
internal sealed class EtcdHistory
{
    private readonly Lock _lock = new();
    private ulong _clusterId;       // 0: not known yet
    private long _highest;
    private int _generation;

    /// <summary>Counts how often it was forgotten: revisions from before mean nothing after it.</summary>
    public int Generation
    {
        get
        {
            lock (_lock)
            {
                return _generation;
            }
        }
    }

    /// <summary>Whether an answer contradicts it.</summary>
    public bool Contradicts(ulong clusterId, long revision)
    {
        lock (_lock)
        {
            return (_clusterId != 0 && _clusterId != clusterId) || revision < _highest;
        }
    }

    /// <summary>Takes etcd as it is from now on.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            (_clusterId, _highest) = (0, 0);
            _generation++;
        }
    }

    /// <summary>The highest revision seen: an answer by quorum to a question asked from now on has it or a later one.</summary>
    public long Highest
    {
        get
        {
            lock (_lock)
            {
                return _highest;
            }
        }
    }

    /// <summary>A revision that was seen by an earlier weftd.</summary>
    public void Expect(long revision)
    {
        lock (_lock)
        {
            _highest = Math.Max(_highest, revision);
        }
    }

    /// <summary>Takes an answer by quorum into account.</summary>
    /// <param name="header">Of the answer.</param>
    /// <param name="asked"><see cref="Highest"/> when the question was asked.</param>
    /// <param name="endpoint">Who answered.</param>
    /// <exception cref="StoreRegressedException">It is older than the question, or from another cluster.</exception>
    public void Require(ResponseHeader header, long asked, string endpoint)
    {
        lock (_lock)
        {
            RequireCluster(header, endpoint);
            if (header.Revision < asked)
            {
                throw new StoreRegressedException(
                    $"etcd at {endpoint} is at revision {header.Revision}, but revision {asked} was read from it before: its data was lost or is from a backup",
                    asked, header.Revision)
                { NextStep = "nothing is withdrawn; see docs/configuration.md, \"etcd's data lost\"" };
            }
            _highest = Math.Max(_highest, header.Revision);
        }
    }

    /// <summary>Takes an answer of one member into account, which may lag behind the others.</summary>
    /// <exception cref="StoreRegressedException">It is from another cluster.</exception>
    public void RequireCluster(ResponseHeader header, string endpoint)
    {
        lock (_lock)
        {
            if (_clusterId == 0)
            {
                _clusterId = header.ClusterId;
            }
            else if (_clusterId != header.ClusterId)
            {
                throw new StoreRegressedException(
                    $"etcd at {endpoint} belongs to cluster {header.ClusterId:x}, not to {_clusterId:x} as before", _highest, header.Revision)
                { NextStep = "check that all of --etcd-endpoints are members of one cluster; if it was made anew, see docs/configuration.md, \"etcd's data lost\"" };
            }
        }
    }
}
