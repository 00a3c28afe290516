using Weft.Contracts.V1;
using Weft.NetDaemon.Api;

namespace Weft.Cli.Tests;

/// <summary>The status of a node that the test describes.</summary>
internal sealed class FixedStatus : INodeStatus
{
    public Health Health { get; set; } = Health.Ok;

    public StatusReply Snapshot() => new()
    {
        Node = new Node
        {
            Name = "a1",
            Number = 1,
            UnderlayAddresses = { "192.0.2.7", "2001:db8::7" },
            Mtu = 1500,
            Version = "0.1.0",
            StartedUnixMs = 1_700_000_000_000,
            Uplink = "eth0",
        },
        Health = Health,
        Conditions =
        {
            new Condition { Name = "store", Health = Health.Ok, Message = "answers" },
            new Condition { Name = "uplink", Health = Health.Degraded, Message = "no IPv6 default route; containers reach IPv4 only" },
        },
        Attachments = 3,
        PendingAttachments = 1,
        Repairs = 2,
        LastRepair = "bridge weft1 was deleted, 2023-11-14T22:13:20Z",
        Pools = { new PoolUsage { Pool = "default-v4", Network = "default", Cidr = "10.83.0.0/16", Used = 3, Cooling = 1, Free = "65530", Blocks = 1 } },
        UptimeMs = 93_784_000,
        Store = "embedded",
    };
}
