using Weft.Contracts.Cni;

namespace Weft.NetDaemon.Attachments;

/// <summary>
/// Looks again for the labels of containers that containerd did not know at ADD: through CRI, the sandbox's container is made only
/// when its network is there. Thread-safe.
/// </summary>
internal sealed class LateLabels(ContainerLabels source, TimeProvider time) : IAsyncDisposable
{
    /// <summary>How long after Commit, and after each look in vain: half a minute in all.</summary>
    private static readonly TimeSpan[] Waits = [.. ((double[])[0.25, 0.75, 2, 4, 8, 16]).Select(s => TimeSpan.FromSeconds(s))];

    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, AttachRequest> _missing = [];
    private readonly HashSet<Task> _searches = [];

    /// <summary>An attachment whose container was not found.</summary>
    public void Miss(ulong id, AttachRequest request)
    {
        lock (_lock)
        {
            _missing[id] = request;
        }
    }

    /// <summary>The attachment is gone: nobody needs its labels any more.</summary>
    public void Forget(ulong id)
    {
        lock (_lock)
        {
            _missing.Remove(id);
        }
    }

    /// <summary>Starts to look, if the attachment's container was missed.</summary>
    /// <param name="id">The attachment.</param>
    /// <param name="found">Called once at most, with what the container's labels make of it. Does not throw.</param>
    public void Begin(ulong id, Func<EndpointDescription, Task> found)
    {
        lock (_lock)
        {
            if (!_missing.TryGetValue(id, out AttachRequest? request) || _stop.IsCancellationRequested)
            {
                return;
            }
            Task search = SearchAsync(id, request, found);
            _searches.Add(search);
            search.ContinueWith(Ended, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    /// <summary>Ends all searches.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Task[] searches;
        lock (_lock)
        {
            searches = [.. _searches];
        }
        await Task.WhenAll(searches);
        _stop.Dispose();
    }

    private async Task SearchAsync(ulong id, AttachRequest request, Func<EndpointDescription, Task> found)
    {
        foreach (TimeSpan wait in Waits)
        {
            await Task.Delay(wait, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!IsMissing(id) || _stop.IsCancellationRequested)
            {
                return;
            }
            if (await source.FindAsync(request.ContainerdAddress, request.Key.ContainerId, _stop.Token) is { } labels)
            {
                await found(EndpointDescription.Of(request, labels));
                break;
            }
        }
        Forget(id);
    }

    private bool IsMissing(ulong id)
    {
        lock (_lock)
        {
            return _missing.ContainsKey(id);
        }
    }

    private void Ended(Task search)
    {
        lock (_lock)
        {
            _searches.Remove(search);
        }
    }
}
