using Weft.NetDaemon.Attachments;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Kernel;

/// <summary>A container of a <see cref="PublishingNode"/>.</summary>
internal sealed record PublishedContainer(string Name, TestNamespace Space, AttachmentRecord Record);
