using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Weft.NetDaemon.Tests;

/// <summary>Keeps what is logged, and lets a test wait for it.</summary>
internal sealed class RecordingLogger<T> : ILogger<T>
{
    private readonly Channel<(int Id, string Text)> _arrivals = Channel.CreateUnbounded<(int Id, string Text)>();

    public ConcurrentQueue<(LogLevel Level, int Id, string Text)> Entries { get; } = new();

    public IEnumerable<string> TextsOf(int id) => Entries.Where(e => e.Id == id).Select(e => e.Text);

    /// <summary>Waits for the next entry, later than those waited for before, with that event id.</summary>
    /// <exception cref="TimeoutException">None came; the message has what did.</exception>
    public async Task<string> NextAsync(int id)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            while (true)
            {
                (int arrived, string text) = await _arrivals.Reader.ReadAsync(limit.Token);
                if (arrived == id)
                {
                    return text;
                }
            }
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"event {id} was not logged; these were:\n{string.Join('\n', Entries)}", e);
        }
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string text = formatter(state, exception) + (exception is null ? "" : $" {exception}");
        Entries.Enqueue((logLevel, eventId.Id, text));
        _arrivals.Writer.TryWrite((eventId.Id, text));
    }
}
