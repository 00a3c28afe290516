using System.Collections.Concurrent;
using System.Net.Sockets;
using Weft.Contracts;
using Weft.Contracts.Cni;

namespace Weft.CniPlugin.Tests.Processes;

/// <summary>
/// The other side of cni.sock: takes connections on a socket in a directory of its own, answers each request by a function, and
/// remembers what was asked.
/// </summary>
internal sealed class ScriptedDaemon : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("weft-cni-");
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Func<Request, Reply?> _answer;
    private readonly ConcurrentQueue<Request> _requests = new();
    private readonly Thread _loop;

    /// <param name="answer">Null closes the connection without an answer.</param>
    public ScriptedDaemon(Func<Request, Reply?> answer)
    {
        _answer = answer;
        SocketPath = Path.Join(_directory.FullName, WeftPaths.CniSocketName);
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen();
        _loop = new Thread(Serve) { IsBackground = true };
        _loop.Start();
    }

    public string SocketPath { get; }

    /// <summary>What was asked so far, in order.</summary>
    public IReadOnlyList<Request> Requests => [.. _requests];

    public IEnumerable<Request.CallOneofCase> Calls => Requests.Select(static r => r.CallCase);

    public static Reply Done() => new() { Done = new Done() };

    public static Reply Refuse(RefusalReason reason) => new() { Refusal = new Refusal { Reason = reason, Message = "the thing", Detail = "the next step" } };

    public void Dispose()
    {
        _listener.Dispose();
        _loop.Join();
        _directory.Delete(recursive: true);
    }

    private void Serve()
    {
        while (true)
        {
            try
            {
                using Socket connection = _listener.Accept();
                using var stream = new NetworkStream(connection);
                while (MessageFrame.Read(stream, Request.Parser) is Request request)
                {
                    _requests.Enqueue(request);
                    if (_answer(request) is not Reply reply)
                    {
                        break;
                    }
                    MessageFrame.Write(stream, reply);
                }
            }
            catch (IOException e)
            {
                System.Diagnostics.Trace.WriteLine($"a connection broke: {e.Message}");
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;     // the listener is closed
            }
        }
    }
}
