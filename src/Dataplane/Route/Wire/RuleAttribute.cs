namespace Weft.Dataplane.Route.Wire;

/// <summary>Attributes of rule messages (linux/fib_rules.h).</summary>
internal static class RuleAttribute
{
    public const ushort Destination = 1;          // FRA_DST
    public const ushort Source = 2;               // FRA_SRC
    public const ushort InputInterface = 3;       // FRA_IIFNAME
    public const ushort Priority = 6;             // FRA_PRIORITY
    public const ushort Mark = 10;                // FRA_FWMARK
    public const ushort Table = 15;               // FRA_TABLE
    public const ushort MarkMask = 16;            // FRA_FWMASK
    public const ushort OutputInterface = 17;     // FRA_OIFNAME
    public const ushort Protocol = 21;            // FRA_PROTOCOL
}
