using Weft.CniPlugin.Errors;
using Weft.Contracts;
using Weft.Contracts.Cni;
using Weft.Dataplane;
using Weft.Dataplane.Native;

namespace Weft.CniPlugin.Daemon;

/// <summary>
/// One connection to weftd, for one verb. weftd undoes an attachment whose connection closes between Attach and Commit, so
/// an ADD that is killed leaves nothing.
/// </summary>
internal sealed class DaemonClient : IDisposable
{
    /// <summary>How long an ADD waits for an answer: longer than weftd works on one, shorter than runtimes wait for a plugin (containerd: 2 minutes).</summary>
    public static readonly TimeSpan PatientReply = TimeSpan.FromSeconds(30);

    /// <summary>How long a DEL or STATUS waits: a DEL has another way when weftd hangs.</summary>
    public static readonly TimeSpan PromptReply = TimeSpan.FromSeconds(5);

    private readonly string _socketPath;
    private readonly TimeSpan _replyTimeout;
    private readonly DescriptorStream _stream;

    private DaemonClient(string socketPath, TimeSpan replyTimeout, DescriptorStream stream)
    {
        _socketPath = socketPath;
        _replyTimeout = replyTimeout;
        _stream = stream;
    }

    /// <exception cref="DaemonUnreachableException">Nobody listens there, or the socket must not be opened.</exception>
    public static DaemonClient Connect(string socketPath, TimeSpan replyTimeout)
    {
        try
        {
            return new DaemonClient(socketPath, replyTimeout, DescriptorStream.ConnectUnix(socketPath, replyTimeout));
        }
        catch (KernelException e)
        {
            throw new DaemonUnreachableException(socketPath, Explain(e, replyTimeout));
        }
    }

    /// <summary>Sends one request and waits for its answer.</summary>
    /// <exception cref="DaemonRefusedException">weftd said no.</exception>
    /// <exception cref="DaemonUnreachableException">No answer came, or none that weftd would give.</exception>
    public Reply Call(Request request)
    {
        int length = request.CalculateSize();
        if (length > MessageFrame.MaximumLength)
        {
            // Labels, most likely; a GC list has a message of its own.
            throw new CniException(
                CniErrorCode.InvalidConfiguration,
                $"what weftd must be told takes {length} bytes, more than the {MessageFrame.MaximumLength} of one message",
                "shorten the configuration's labels");
        }
        Reply? reply;
        try
        {
            MessageFrame.Write(_stream, request);
            reply = MessageFrame.Read(_stream, Reply.Parser);
        }
        catch (IOException e)
        {
            throw new DaemonUnreachableException(_socketPath, e.InnerException is KernelException broken ? Explain(broken, _replyTimeout) : e.Message);
        }
        return reply switch
        {
            null => throw new DaemonUnreachableException(_socketPath, "it closed the connection without an answer"),
            { AnswerCase: Reply.AnswerOneofCase.Refusal } => throw new DaemonRefusedException(reply.Refusal),
            _ => reply,
        };
    }

    /// <summary>As <see cref="Call"/>, for requests whose answer says nothing more.</summary>
    public void Do(Request request)
    {
        Reply reply = Call(request);
        if (reply.AnswerCase != Reply.AnswerOneofCase.Done)
        {
            throw Unexpected(request, reply);
        }
    }

    public AttachReply Attach(AttachRequest attach)
    {
        var request = new Request { Attach = attach };
        Reply reply = Call(request);
        return reply.AnswerCase == Reply.AnswerOneofCase.Attached ? reply.Attached : throw Unexpected(request, reply);
    }

    public CheckReply Check(CheckRequest check)
    {
        var request = new Request { Check = check };
        Reply reply = Call(request);
        return reply.AnswerCase == Reply.AnswerOneofCase.Check ? reply.Check : throw Unexpected(request, reply);
    }

    public CollectReply Collect(CollectRequest collect)
    {
        var request = new Request { Collect = collect };
        Reply reply = Call(request);
        return reply.AnswerCase == Reply.AnswerOneofCase.Collected ? reply.Collected : throw Unexpected(request, reply);
    }

    public void Dispose() => _stream.Dispose();

    private DaemonUnreachableException Unexpected(Request request, Reply reply) =>
        new(_socketPath, $"the answer to {request.CallCase} was {reply.AnswerCase}, so weft-cni and weftd are of different versions, or another program listens there");

    private static string Explain(KernelException e, TimeSpan timeout) => e.Errno switch
    {
        Errno.EAGAIN => $"no answer within {timeout.TotalSeconds} s",
        Errno.ENOENT => "no such file",
        Errno.ECONNREFUSED => "connection refused",
        Errno.EACCES => "permission denied",
        Errno.EPIPE or Errno.ECONNRESET => "it closed the connection without an answer",
        Errno.ENAMETOOLONG => "the path is longer than a socket's may be",
        _ => e.Message,
    };
}
