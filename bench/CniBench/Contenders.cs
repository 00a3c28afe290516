using System.Text.Json.Nodes;

namespace Weft.CniBench;

/// <summary>What is compared: the same work, an interface with an address from IPAM and a masqueraded way out.</summary>
internal static class Contenders
{
    public static Contender Weft(Options options, string socket) => new(
        "weft",
        Path.Combine(options.ProgramFolder, "weft-cni"),
        new JsonObject { ["cniVersion"] = "1.0.0", ["name"] = "weft", ["type"] = "weft-cni", ["socket"] = socket });

    /// <summary>Debian's containernetworking-plugins. IPv4 only, its usual configuration, while weft gives both families.</summary>
    public static Contender GoBridge(Options options) => new(
        "bridge",
        Path.Combine(options.GoFolder, "bridge"),
        new JsonObject
        {
            ["cniVersion"] = "1.0.0",
            ["name"] = "gobridge",
            ["type"] = "bridge",
            ["bridge"] = "gobr0",
            ["isGateway"] = true,
            ["ipMasq"] = true,
            ["hairpinMode"] = true,
            ["ipam"] = new JsonObject
            {
                ["type"] = "host-local",
                ["dataDir"] = "/run/gobridge",
                ["ranges"] = new JsonArray(new JsonArray(new JsonObject { ["subnet"] = "10.211.0.0/16" })),
                ["routes"] = new JsonArray(new JsonObject { ["dst"] = "0.0.0.0/0" }),
            },
        });
}
