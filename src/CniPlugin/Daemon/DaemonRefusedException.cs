using Weft.Contracts.Cni;

namespace Weft.CniPlugin.Daemon;

/// <summary>weftd answered, and said no.</summary>
internal sealed class DaemonRefusedException(Refusal refusal) : Exception(refusal.Message)
{
    public Refusal Refusal { get; } = refusal;
}
