namespace Weft.NetDaemon.Attachments;

/// <summary>Event ids 1200 to 1299.</summary>
internal static partial class AttachmentLog
{
    [LoggerMessage(1200, LogLevel.Information, "Attached {Key} to network {Network}: {Addresses} on {HostInterface}")]
    public static partial void Attached(ILogger logger, AttachmentKey key, string network, string addresses, string hostInterface);

    [LoggerMessage(1201, LogLevel.Information, "Detached {Key} ({Reason}): {Addresses}")]
    public static partial void Detached(ILogger logger, AttachmentKey key, string reason, string addresses);

    [LoggerMessage(1202, LogLevel.Error, "Detaching {Key} is not complete and will be tried again: {Problem}")]
    public static partial void UndoFailed(ILogger logger, string key, string problem);

    [LoggerMessage(1203, LogLevel.Warning, "The note {Path} of a DEL cannot be read; it is removed")]
    public static partial void UnreadableNote(ILogger logger, string path);

    [LoggerMessage(1204, LogLevel.Warning, "Endpoints could not be published, trying again: {Problem}")]
    public static partial void PublishFailed(ILogger logger, string problem);

    [LoggerMessage(1205, LogLevel.Information, "No labels from containerd at {Address}: {Problem}. Containers are attached without them until it answers")]
    public static partial void NoLabels(ILogger logger, string address, string problem);

    [LoggerMessage(1206, LogLevel.Information, "Described {Key} by its container's labels: {Namespace}/{Name}")]
    public static partial void Described(ILogger logger, AttachmentKey key, string @namespace, string name);

    [LoggerMessage(1207, LogLevel.Warning, "The labels of {Key} could not be recorded: {Problem}")]
    public static partial void NotDescribed(ILogger logger, AttachmentKey key, string problem);

    [LoggerMessage(1208, LogLevel.Warning, "{Key} asks for network {Wanted} by a label that became known after its ADD, and is in {Network}; say it with the configuration's \"network\" key or args.cni.labels")]
    public static partial void AnotherNetwork(ILogger logger, AttachmentKey key, string wanted, string network);

    [LoggerMessage(1220, LogLevel.Warning, "The interface of {Key} ({HostInterface}) was deleted but its container lives; delete the container")]
    public static partial void InterfaceDeleted(ILogger logger, AttachmentKey key, string hostInterface);

    [LoggerMessage(1221, LogLevel.Information, "The node has been rebooted: {Count} attachments of the boot before are undone, their addresses may be given out again")]
    public static partial void EarlierBoot(ILogger logger, int count);

    [LoggerMessage(1222, LogLevel.Warning, "Containers could not be looked at, trying again: {Problem}")]
    public static partial void LookFailed(ILogger logger, string problem);
}
