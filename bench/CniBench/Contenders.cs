using System.Text.Json.Nodes;

namespace Weft.CniBench;

/// <summary>What is compared: the same work, by one plugin and by a chain of them.</summary>
internal static class Contenders
{
    private const string Sysctl = "net.ipv4.conf.eth0.rp_filter";

    public static Contender Weft(Options options, string socket)
    {
        var configuration = new JsonObject { ["type"] = "weft-cni", ["socket"] = socket };
        if (!options.WholeChain)
        {
            return new Contender("weft", options.ProgramFolder, "weft", [new ChainedPlugin(configuration)]);
        }
        configuration["sysctl"] = new JsonObject { [Sysctl] = "2" };
        return new Contender("weft", options.ProgramFolder, "weft", [new ChainedPlugin(configuration, "portMappings", "bandwidth")]);
    }

    /// <summary>Debian's containernetworking-plugins. IPv4 only, its usual configuration, while weft gives both families.</summary>
    public static Contender Go(Options options)
    {
        var bridge = new ChainedPlugin(new JsonObject
        {
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
        return options.WholeChain
            ? new Contender("Go chain", options.GoFolder, "gochain",
            [
                bridge,
                new ChainedPlugin(new JsonObject { ["type"] = "portmap" }, "portMappings"),
                new ChainedPlugin(new JsonObject { ["type"] = "firewall" }),
                new ChainedPlugin(new JsonObject { ["type"] = "bandwidth" }, "bandwidth"),
                new ChainedPlugin(new JsonObject { ["type"] = "tuning", ["sysctl"] = new JsonObject { [Sysctl] = "2" } }),
            ])
            : new Contender("bridge", options.GoFolder, "gobridge", [bridge]);
    }
}
