using System.Text.Json.Nodes;
using Weft.CniBench.Native;

namespace Weft.CniBench;

/// <summary>A chain of plugins, called as a runtime calls it: ADD in order, each with the result of the one before; DEL in the opposite order.</summary>
internal sealed class Contender
{
    private readonly string _folder;
    private readonly string _name;
    private readonly IReadOnlyList<ChainedPlugin> _plugins;
    private readonly string[] _environment;

    /// <param name="label">What the report calls it.</param>
    /// <param name="folder">Where its plugins are.</param>
    /// <param name="name">The network configuration's name.</param>
    /// <param name="plugins">At least one.</param>
    public Contender(string label, string folder, string name, IReadOnlyList<ChainedPlugin> plugins)
    {
        Label = label;
        _folder = folder;
        _name = name;
        _plugins = plugins;
        _environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", $"CNI_PATH={folder}", "CNI_IFNAME=eth0", "CNI_ARGS=IgnoreUnknown=1"];
    }

    public string Label { get; }

    /// <summary>The sum over its plugins.</summary>
    /// <exception cref="PluginFailedException">A plugin refused.</exception>
    public Sample Add(Pod pod)
    {
        Sample sum = default;
        foreach (ChainedPlugin plugin in _plugins)
        {
            (Sample sample, string output) = Call("ADD", pod, plugin);
            pod.Result = output;
            sum += sample;
        }
        return sum;
    }

    /// <summary>The sum over its plugins.</summary>
    /// <exception cref="PluginFailedException">A plugin refused.</exception>
    public Sample Delete(Pod pod)
    {
        Sample sum = default;
        foreach (ChainedPlugin plugin in _plugins.Reverse())
        {
            sum += Call("DEL", pod, plugin).Sample;
        }
        return sum;
    }

    private (Sample Sample, string Output) Call(string command, Pod pod, ChainedPlugin plugin)
    {
        var configuration = (JsonObject)plugin.Configuration.DeepClone();
        configuration["cniVersion"] = "1.0.0";
        configuration["name"] = _name;
        if (plugin.Capabilities.Count > 0)
        {
            configuration["runtimeConfig"] = new JsonObject(plugin.Capabilities.Select(c => KeyValuePair.Create(c, (JsonNode?)pod.Wish(c))));
        }
        if (pod.Result is { } result)
        {
            configuration["prevResult"] = JsonNode.Parse(result);
        }
        (Sample sample, int exitCode, string output) = PluginProcess.Run(
            Path.Combine(_folder, plugin.Type),
            [.. _environment, $"CNI_COMMAND={command}", $"CNI_CONTAINERID={pod.ContainerId}", $"CNI_NETNS={pod.NamespacePath}"],
            System.Text.Encoding.UTF8.GetBytes(configuration.ToJsonString()));
        return exitCode == 0 ? (sample, output) : throw new PluginFailedException($"{Label}: {plugin.Type}", command, exitCode, output);
    }
}
