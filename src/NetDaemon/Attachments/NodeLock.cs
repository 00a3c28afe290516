namespace Weft.NetDaemon.Attachments;

/// <summary>One at a time: whoever changes attachments, or makes the kernel agree with them, holds this.</summary>
internal sealed class NodeLock : IDisposable
{
    private readonly SemaphoreSlim _semaphore = new(1, 1);

    /// <summary>Waits for its turn; dispose the result to let the next one in.</summary>
    public async ValueTask<Held> EnterAsync(CancellationToken cancellationToken = default)
    {
        await _semaphore.WaitAsync(cancellationToken);
        return new Held(_semaphore);
    }

    public void Dispose() => _semaphore.Dispose();

    internal readonly struct Held(SemaphoreSlim semaphore) : IDisposable
    {
        public void Dispose() => semaphore.Release();
    }
}
