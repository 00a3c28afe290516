namespace Weft.NetDaemon.Store.Etcd;

/// <summary>Ever longer waits between attempts, each a random part of its size: nodes that lost the same server do not come back in step.</summary>
internal sealed class EtcdBackoff(TimeSpan first, TimeSpan longest)
{
    private int _attempts;

    public void Reset() => _attempts = 0;

    /// <summary>The next wait: between half of its size and all of it.</summary>
    public TimeSpan Next()
    {
        double size = Math.Min(longest.TotalMilliseconds, first.TotalMilliseconds * Math.Pow(2, Math.Min(_attempts++, 30)));
        return TimeSpan.FromMilliseconds(size * (0.5 + (Random.Shared.NextDouble() / 2)));
    }
}
