using System.Text.Json.Nodes;
using Weft.CniBench.Native;

namespace Weft.CniBench;

/// <summary>One plugin with its configuration, called as a runtime calls it.</summary>
internal sealed class Contender
{
    private readonly string _program;
    private readonly JsonObject _configuration;
    private readonly string[] _environment;

    /// <param name="label">What the report calls it.</param>
    /// <param name="program">The plugin's absolute path.</param>
    /// <param name="configuration">One plugin's network configuration, with cniVersion and name.</param>
    public Contender(string label, string program, JsonObject configuration)
    {
        Label = label;
        _program = program;
        _configuration = configuration;
        _environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", $"CNI_PATH={Path.GetDirectoryName(program)}", "CNI_IFNAME=eth0", "CNI_ARGS=IgnoreUnknown=1"];
    }

    public string Label { get; }

    /// <exception cref="PluginFailedException">The plugin refused.</exception>
    public Sample Add(Pod pod)
    {
        (Sample sample, string output) = Call("ADD", pod, _configuration);
        pod.Result = output;
        return sample;
    }

    /// <exception cref="PluginFailedException">The plugin refused.</exception>
    public Sample Delete(Pod pod)
    {
        var configuration = (JsonObject)_configuration.DeepClone();
        if (pod.Result is { } result)
        {
            configuration["prevResult"] = JsonNode.Parse(result);
        }
        return Call("DEL", pod, configuration).Sample;
    }

    private (Sample Sample, string Output) Call(string command, Pod pod, JsonObject configuration)
    {
        byte[] input = System.Text.Encoding.UTF8.GetBytes(configuration.ToJsonString());
        (Sample sample, int exitCode, string output) = PluginProcess.Run(
            _program,
            [.. _environment, $"CNI_COMMAND={command}", $"CNI_CONTAINERID={pod.ContainerId}", $"CNI_NETNS={pod.NamespacePath}"],
            input);
        return exitCode == 0 ? (sample, output) : throw new PluginFailedException(Label, command, exitCode, output);
    }
}
