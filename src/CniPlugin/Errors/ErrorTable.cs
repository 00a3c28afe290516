using Weft.CniPlugin.Daemon;
using Weft.CniPlugin.Invocation;
using Weft.Contracts.Cni;
using Weft.Dataplane;

namespace Weft.CniPlugin.Errors;

/// <summary>The one place that turns failures into the protocol's codes.</summary>
internal static class ErrorTable
{
    private const string AskDaemon = "check `systemctl status weftd` and `weft status`";

    /// <summary>What a runtime is told about <paramref name="failure"/> of <paramref name="command"/>, which is null when it is not known.</summary>
    public static CniError From(Exception failure, CniCommand? command) => failure switch
    {
        CniException own => own.Error,
        DaemonRefusedException { Refusal: Refusal refusal } => From(refusal, command),
        DaemonUnreachableException unreachable when command == CniCommand.Status => new(CniErrorCode.NotAvailable, unreachable.Message, AskDaemon),
        DaemonUnreachableException unreachable => new(CniErrorCode.TryAgainLater, unreachable.Message, AskDaemon),
        KernelException kernel => new(CniErrorCode.KernelRefused, kernel.Message, Hint(kernel.Errno)),
        IOException or UnauthorizedAccessException => new(CniErrorCode.InputOutput, failure.Message),
        _ => new(CniErrorCode.Internal, $"weft-cni failed: {failure.GetType().Name}: {failure.Message}", "this is a defect of weft-cni: please report it"),
    };

    private static CniError From(Refusal refusal, CniCommand? command)
    {
        string message = refusal.Message.Length > 0 ? refusal.Message : $"weftd refused without a reason ({refusal.Reason})";
        CniErrorCode code = refusal.Reason switch
        {
            RefusalReason.ConnectivityLimited => CniErrorCode.LimitedConnectivity,
            _ when command == CniCommand.Status => CniErrorCode.NotAvailable,
            RefusalReason.BadRequest or RefusalReason.UnknownNetwork => CniErrorCode.InvalidConfiguration,
            RefusalReason.AlreadyAttached => CniErrorCode.AlreadyAttached,
            RefusalReason.PoolExhausted => CniErrorCode.PoolExhausted,
            RefusalReason.AddressInUse => CniErrorCode.AddressInUse,
            RefusalReason.PortInUse => CniErrorCode.PortInUse,
            RefusalReason.NotReady => CniErrorCode.TryAgainLater,
            RefusalReason.StoreFailed => CniErrorCode.InputOutput,
            RefusalReason.KernelRefused => CniErrorCode.KernelRefused,
            RefusalReason.UnknownAttachment when command == CniCommand.Check => CniErrorCode.UnknownContainer,
            // Commit of what weftd forgot: it restarted during the ADD and has undone its half.
            RefusalReason.UnknownAttachment => CniErrorCode.TryAgainLater,
            _ => CniErrorCode.DaemonDefect,
        };
        return new CniError(code, message, refusal.Detail);
    }

    private static string Hint(Errno errno) =>
        errno == Errno.EPERM || errno == Errno.EACCES ? "weft-cni must run as root, with CAP_NET_ADMIN and CAP_SYS_ADMIN"
        : errno == Errno.ENODEV || errno == Errno.ENOENT ? "something removed a link meanwhile; `weft status` shows whether the bridge is there"
        : errno == Errno.EOPNOTSUPP ? "the kernel lacks a feature: veth, bridge, IPv6 and bridge port isolation are needed"
        : "";
}
