using System.Text;
using System.Text.Json;
using CsCheck;
using Weft.CniPlugin.Configuration;
using Weft.CniPlugin.Errors;
using Weft.CniPlugin.Invocation;
using Weft.CniPlugin.Results;
using Weft.CniPlugin.Tests.Recorded;
using Weft.CniPlugin.Verbs;

namespace Weft.CniPlugin.Tests;

/// <summary>Whatever arrives on stdin or in variables, the answer is a success or a CNI error with a known code, never a crash.</summary>
public sealed class PluginFuzzTests
{
    // A namespace that does not exist: nothing that gets as far as this touches a kernel or a daemon.
    private const string NoNamespace = "/nonexistent/netns";

    [Fact]
    public void Random_bytes_on_stdin_always_give_an_error_object() =>
        Gen.Byte.Array[0, 200].Sample(static bytes => IsError(Run(bytes, NoNamespace, "c1", "eth0", null)));

    [Fact]
    public void Recorded_input_with_random_bytes_changed_always_gives_an_error_object()
    {
        byte[][] inputs = [.. RecordedCall.All.Select(static c => Encoding.UTF8.GetBytes(c.Input)).DistinctBy(Convert.ToBase64String)];
        Gen.Select(Gen.OneOf(inputs), Gen.Select(Gen.Int[0, 4000], Gen.Byte).Array[1, 8]).Sample((input, changes) =>
        {
            byte[] bytes = [.. input];
            foreach ((int position, byte value) in changes)
            {
                bytes[position % bytes.Length] = value;
            }
            IsError(Run(bytes, NoNamespace, "c1", "eth0", null));
        });
    }

    [Fact]
    public void Recorded_input_with_values_swapped_is_read_or_refused_by_every_reader()
    {
        string[] values = ["null", "\"\"", "\"x\"", "-1", "4294967295", "1e999", "true", "[]", "{}", "[null]", "[[{}]]", "{\"key\":null}", "\"\\ud800\""];
        string[] keys = ["cniVersion", "name", "socket", "network", "containerd", "args", "runtimeConfig", "prevResult", "dns", "cni.dev/valid-attachments", "ipam", "sysctl", "mtu", "ipMasq", "vlan", "ingressRate", "txQLen"];
        string[] inner = ["cni", "labels", "mac", "ips", "portMappings", "interfaces", "routes", "nameservers", "containerID", "bandwidth", "ipRanges", "dns", "aliases", "sysctl", "type", "subnet", "ranges", "addresses"];
        Gen<string> tree = Gen.Select(Gen.OneOf(inner), Gen.OneOf(values), Gen.OneOf(inner), Gen.OneOf(values),
            static (a, v, b, w) => $$$"""{"{{{a}}}":{{{v}}},"{{{b}}}":[{{{w}}},{"{{{a}}}":{{{w}}}}],"cni":{"{{{b}}}":{{{v}}},"{{{a}}}":[{{{w}}}]}}""");
        Gen.Select(Gen.OneOf(keys), Gen.Frequency((1, Gen.OneOf(values)), (2, tree)), Gen.OneOf(keys), tree).Sample(static (k1, v1, k2, v2) =>
            ReadEverything(Encoding.UTF8.GetBytes($$"""{"cniVersion":"1.1.0","name":"net","{{k1}}":{{v1}},"{{k2}}":{{v2}}}""")));
    }

    [Fact]
    public void A_reference_configuration_with_values_replaced_always_gives_an_error_object()
    {
        const string whole =
            """
            {"cniVersion":"1.0.0","name":"net","mtu":1400,"vlan":0,"ipMasq":true,"ingressRate":7,"loopbackPorts":true,"txQLen":9,
             "ipam":{"type":"host-local","subnet":"10.1.0.0/16","ranges":[[{"subnet":"10.88.0.0/16","rangeStart":"10.88.1.0","gateway":"10.88.0.1"}]],
                     "routes":[{"dst":"0.0.0.0/0","gw":"10.88.0.1"}],"addresses":[{"address":"10.0.0.7/24"}]},
             "runtimeConfig":{"portMappings":[{"hostPort":80,"containerPort":80,"protocol":"tcp","hostIP":"::1"}],"bandwidth":{"egressRate":1},
                              "dns":{"servers":["10.0.0.1"]},"aliases":["a"],"cgroupPath":"/x","ips":["10.0.0.1/8"],"mac":"02:00:00:00:00:01"},
             "args":{"cni":{"labels":[{"key":"a","value":"b"}],"sysctl":{"net.core.somaxconn":"5"}}}}
            """;
        string[] values = ["null", "\"\"", "\"x\"", "-1", "0", "18446744073709551616", "1e999", "true", "[]", "{}", "[null]", "[[]]", "\"0.0.0.0/0\"", "\"::/128\"", "\"static\""];
        // Every place behind a colon or a bracket is one where a value begins.
        int[] places = [.. Enumerable.Range(1, whole.Length - 1).Where(static i => whole[i - 1] is ':' or '[' && whole[i] is not ':')];
        Gen.Select(Gen.OneOf(places), Gen.OneOf(values)).Sample((place, value) =>
        {
            int end = Math.Max(place + 1, whole.IndexOfAny([',', ']', '}'], place));
            byte[] changed = Encoding.UTF8.GetBytes(string.Concat(whole.AsSpan(0, place), value, whole.AsSpan(end)));
            IsError(Run(changed, NoNamespace, "c1", "eth0", null));
        });
    }

    [Fact]
    public void Random_variables_always_give_an_error_object() =>
        Gen.Select(Gen.String[0, 20], Gen.String[0, 20], Gen.String[0, 60]).Sample(static (id, name, arguments) =>
            IsError(Run("""{"cniVersion":"1.1.0","name":"net"}"""u8.ToArray(), NoNamespace, id, name, arguments)));

    [Fact]
    public void Closed_output_streams_are_a_failure_without_a_crash()
    {
        using var closed = new MemoryStream([], writable: false);

        Assert.Equal(1, new Plugin(static variable => variable == "CNI_COMMAND" ? "FROB" : null, closed, closed, closed).Run());
    }

    private static void ReadEverything(byte[] input)
    {
        try
        {
            _ = VersionVerb.Answer(input);
            var problems = new ProblemList();
            JsonElement root = NetworkConfigurationReader.Decode(input);
            NetworkConfiguration? configuration = NetworkConfigurationReader.Read(root, problems);
            _ = AttachmentWishesReader.Read(root, CniArguments.None, problems);
            _ = DnsReader.Read(root, IpamSettings.None, problems);
            _ = ValidAttachments.Read(root, problems);
            if (configuration?.PreviousResult is { } previous)
            {
                _ = PreviousResultReader.Read(previous, problems);
            }
        }
        catch (CniException)
        {
            return;     // refused, as it should be
        }
    }

    private static (int ExitCode, byte[] Output) Run(byte[] input, string netns, string id, string name, string? arguments)
    {
        using var stdin = new MemoryStream(input);
        using var stdout = new MemoryStream();
        using var stderr = new MemoryStream();
        int exitCode = new Plugin(
            variable => variable switch
            {
                "CNI_COMMAND" => "ADD",
                "CNI_CONTAINERID" => id,
                "CNI_NETNS" => netns,
                "CNI_IFNAME" => name,
                "CNI_ARGS" => arguments,
                _ => null,
            },
            stdin, stdout, stderr).Run();
        return (exitCode, stdout.ToArray());
    }

    private static void IsError((int ExitCode, byte[] Output) answer)
    {
        Assert.Equal(1, answer.ExitCode);
        JsonElement error = JsonDocument.Parse(answer.Output).RootElement;
        Assert.Contains(error.GetProperty("code").GetInt32(), (int[])[1, 2, 4, 6, 7, 8]);
        Assert.False(string.IsNullOrEmpty(error.GetProperty("msg").GetString()));
        Assert.NotNull(CniVersions.Parse(error.GetProperty("cniVersion").GetString()!));
    }
}
