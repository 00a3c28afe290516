using System.Text.Json.Nodes;

namespace Weft.SystemTests.Lab;

/// <summary>One run of the plugin as a runtime makes it.</summary>
/// <param name="Environment">All variables but PATH.</param>
/// <param name="Input">What stdin holds.</param>
internal sealed record CniCall(IReadOnlyDictionary<string, string> Environment, string Input)
{
    /// <param name="command">ADD, DEL, CHECK, GC, STATUS or VERSION.</param>
    /// <param name="netns">CNI_NETNS; null: not set.</param>
    public static CniCall Of(string command, string containerId, string? netns, JsonObject configuration, string arguments = "", string interfaceName = "eth0")
    {
        var environment = new Dictionary<string, string>
        {
            ["CNI_COMMAND"] = command,
            ["CNI_CONTAINERID"] = containerId,
            ["CNI_IFNAME"] = interfaceName,
            ["CNI_ARGS"] = arguments,
            ["CNI_PATH"] = "/opt/cni/bin",
        };
        if (netns is not null)
        {
            environment["CNI_NETNS"] = netns;
        }
        return new CniCall(environment, configuration.ToJsonString());
    }

    /// <summary>The same with a variable set otherwise, or not at all.</summary>
    public CniCall With(string name, string? value)
    {
        var changed = Environment.Where(p => p.Key != name).ToDictionary();
        if (value is not null)
        {
            changed[name] = value;
        }
        return this with { Environment = changed };
    }
}
