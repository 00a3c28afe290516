using System.Text;
using System.Text.Json;
using Weft.CniPlugin.Configuration;
using Weft.CniPlugin.Errors;
using Weft.CniPlugin.Invocation;
using Weft.CniPlugin.Results;
using Weft.CniPlugin.Verbs;

namespace Weft.CniPlugin.Tests.Recorded;

/// <summary>Everything that ctr, containerd's CRI and Podman were seen to send is understood.</summary>
public sealed class RecordedCallTests
{
    [Fact]
    public void The_fixtures_hold_calls_of_all_three_runtimes() =>
        Assert.Equal(["cri", "ctr", "podman"], RecordedCall.All.Select(static c => c.Client).Distinct().Order());

    [Fact]
    public void The_environment_of_every_call_is_accepted()
    {
        foreach (RecordedCall call in RecordedCall.All)
        {
            var problems = new ProblemList();
            CniInvocation invocation = EnvironmentReader.Read(EnvironmentReader.ReadCommand(call.Variable)!.Value, call.Variable, problems);

            Assert.True(problems.Count == 0, $"{call.Client} {call.Plugin} {call.Command}: {(problems.Count > 0 ? problems.ToError().Message : "")}");
            if (call.Command is "ADD" or "DEL" or "CHECK")
            {
                Assert.Equal(call.Environment["CNI_CONTAINERID"], invocation.ContainerId);
                Assert.Equal(call.Environment["CNI_IFNAME"], invocation.InterfaceName);
            }
        }
    }

    [Fact]
    public void The_configuration_of_every_call_is_accepted()
    {
        foreach (RecordedCall call in RecordedCall.All.Where(static c => c.Command != "VERSION"))
        {
            var problems = new ProblemList();
            JsonElement root = NetworkConfigurationReader.Decode(Encoding.UTF8.GetBytes(call.Input));
            NetworkConfiguration? configuration = NetworkConfigurationReader.Read(root, problems);

            problems.ThrowIfAny();
            Assert.Equal(root.GetProperty("name").GetString(), configuration!.Name);
            if (configuration.PreviousResult is { } previous)
            {
                CniResult result = PreviousResultReader.Read(previous, problems);
                problems.ThrowIfAny();
                Assert.Equal(previous.GetProperty("ips").GetArrayLength(), result.Addresses.Count);
            }
        }
    }

    [Fact]
    public void Every_VERSION_is_answered_in_the_version_it_asked_in()
    {
        RecordedCall[] calls = [.. RecordedCall.All.Where(static c => c.Command == "VERSION")];

        Assert.NotEmpty(calls);
        foreach (RecordedCall call in calls)
        {
            JsonElement answer = JsonDocument.Parse(VersionVerb.Answer(Encoding.UTF8.GetBytes(call.Input))).RootElement;

            Assert.Equal("1.0.0", answer.GetProperty("cniVersion").GetString());
            Assert.Contains("1.0.0", answer.GetProperty("supportedVersions").EnumerateArray().Select(static v => v.GetString()));
        }
    }

    [Fact]
    public void Pod_names_and_wishes_of_CRI_and_Podman_arrive()
    {
        RecordedCall cri = First("cri", "bridge", "ADD");
        CniArguments arguments = EnvironmentReader.Read(CniCommand.Add, cri.Variable, new ProblemList()).Arguments;
        Assert.Equal(("default", "capod", "7dfc525e-bbb5-4429-9244-ebdcf4e64674"), (arguments.PodNamespace, arguments.PodName, arguments.PodUid));

        RecordedCall podman = First("podman", "bridge", "ADD");
        var problems = new ProblemList();
        AttachmentWishes wishes = AttachmentWishesReader.Read(
            NetworkConfigurationReader.Decode(Encoding.UTF8.GetBytes(podman.Input)),
            EnvironmentReader.Read(CniCommand.Add, podman.Variable, problems).Arguments,
            problems);
        problems.ThrowIfAny();
        Assert.Equal("92:00:00:00:00:07", wishes.Mac!.Value.ToString());
    }

    [Fact]
    public void Host_ports_and_bandwidth_arrive_with_every_spelling_of_their_keys()
    {
        (int ports, int limits) = (0, 0);
        foreach (RecordedCall call in RecordedCall.All.Where(static c => c.Command == "ADD" && c.Plugin is "portmap" or "bandwidth"))
        {
            JsonElement root = NetworkConfigurationReader.Decode(Encoding.UTF8.GetBytes(call.Input));
            JsonElement? runtime = JsonKeys.Find(root, "runtimeConfig");
            var problems = new ProblemList();

            AttachmentWishes wishes = AttachmentWishesReader.Read(root, CniArguments.None, problems);

            problems.ThrowIfAny();
            Assert.Equal(JsonKeys.FindList(runtime, "portMappings").Count(), wishes.Ports.Count);
            Assert.Equal(JsonKeys.Find(runtime, "bandwidth") is not null, wishes.Bandwidth is not null);
            (ports, limits) = (ports + wishes.Ports.Count, limits + (wishes.Bandwidth is null ? 0 : 1));
        }
        Assert.True(ports > 0 && limits > 0, $"{ports} ports, {limits} limits");
    }

    [Fact]
    public void Every_ADD_of_the_bridge_plugin_would_be_served()
    {
        RecordedCall[] calls = [.. RecordedCall.All.Where(static c => c.Command == "ADD" && c.Plugin == "bridge")];

        Assert.NotEmpty(calls);
        foreach (RecordedCall call in calls)
        {
            var problems = new ProblemList();
            AttachmentWishes wishes = AttachmentWishesReader.Read(
                NetworkConfigurationReader.Decode(Encoding.UTF8.GetBytes(call.Input)),
                EnvironmentReader.Read(CniCommand.Add, call.Variable, problems).Arguments, problems);

            problems.ThrowIfAny();
            Assert.NotEmpty(wishes.Template!.Ranges);
        }
    }

    private static RecordedCall First(string client, string plugin, string command) =>
        RecordedCall.All.First(c => c.Client == client && c.Plugin == plugin && c.Command == command);
}
