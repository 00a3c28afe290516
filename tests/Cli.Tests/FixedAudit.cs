using Weft.Contracts.V1;
using Weft.NetDaemon.Api;

namespace Weft.Cli.Tests;

/// <summary>The audit of a cluster that the test describes.</summary>
internal sealed class FixedAudit : IAddressAudit
{
    public CheckAddressesReply Reply { get; } = new() { Nodes = 2, Blocks = 4, Addresses = 17 };

    public Task<CheckAddressesReply> CheckAsync(CancellationToken cancellationToken) => Task.FromResult(Reply);

    public Task<string> ReleaseAsync(string address, string network, CancellationToken cancellationToken) => address == "10.83.0.9"
        ? Task.FromResult($"{address} is free{network}")
        : throw new ResourceException(RefusalReason.InUse, $"{address} is in use by shop/web");
}
