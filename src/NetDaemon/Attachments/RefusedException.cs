using Weft.Contracts.Cni;

namespace Weft.NetDaemon.Attachments;

/// <summary>A call of the plugin cannot be carried out; nothing was changed.</summary>
/// <param name="reason">What the plugin maps to a CNI error code.</param>
/// <param name="message">One sentence: the thing and the value it had.</param>
/// <param name="nextStep">What to do about it.</param>
internal sealed class RefusedException(RefusalReason reason, string message, string nextStep, Exception? inner = null)
    : Exception(message, inner)
{
    public RefusalReason Reason { get; } = reason;

    public Refusal ToRefusal() => new() { Reason = Reason, Message = Message, Detail = nextStep };
}
