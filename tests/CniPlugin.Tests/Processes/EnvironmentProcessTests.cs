using Weft.CniPlugin.Configuration;

namespace Weft.CniPlugin.Tests.Processes;

/// <summary>What a runtime sees of the whole program, without a daemon.</summary>
public sealed class EnvironmentProcessTests
{
    private const string Minimal = """{"cniVersion":"1.1.0","name":"net","type":"weft-cni","socket":"/nonexistent/weft/cni.sock"}""";

    [Fact]
    public void Called_by_hand_it_introduces_itself_on_stderr()
    {
        PluginAnswer answer = PluginProcess.Run("", null);

        answer.IsSilentSuccess();
        Assert.Equal("CNI plugin weft-cni v0.1.0\nCNI protocol versions supported: 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0\n"
            + "Container runtimes run it: CNI_COMMAND and other variables say what to do, a network configuration comes on standard input. See docs/cni.md\n", answer.Log);
    }

    [Theory]
    [InlineData("", "1.1.0")]
    [InlineData("  \n", "1.1.0")]
    [InlineData("{}", "1.1.0")]
    [InlineData("""{"cniVersion":"1.0.0"}""", "1.0.0")]
    [InlineData("""{"CniVersion":"0.4.0"}""", "0.4.0")]
    [InlineData("""{"cniVersion":"<script>"}""", "1.1.0")]
    public void VERSION_lists_what_it_speaks(string input, string version)
    {
        PluginAnswer answer = PluginProcess.Run(input, null, ("CNI_COMMAND", "VERSION"));

        Assert.Equal(0, answer.ExitCode);
        Assert.Equal(version, answer.Json.GetProperty("cniVersion").GetString());
        Assert.Equal(CniVersions.Supported.ToArray(), answer.Json.GetProperty("supportedVersions").EnumerateArray().Select(static v => v.GetString()));
    }

    [Fact]
    public void An_unknown_command_is_error_4() =>
        Assert.Equal(4, PluginProcess.Run(Minimal, null, ("CNI_COMMAND", "FROB")).Error.Code);

    [Fact]
    public void Missing_variables_are_error_4_and_all_named()
    {
        (int code, string message, _) = PluginProcess.Run(Minimal, null, ("CNI_COMMAND", "ADD")).Error;

        Assert.Equal((4, "required env variables [CNI_CONTAINERID,CNI_NETNS,CNI_IFNAME] missing"), (code, message));
    }

    [Theory]
    [InlineData("{nope", 6)]
    [InlineData("", 6)]
    [InlineData("""{"cniVersion":"9.9.9","name":"net"}""", 1)]
    [InlineData("""{"name":"net"}""", 1)]
    [InlineData("""{"cniVersion":"1.0.0"}""", 7)]
    [InlineData("""{"cniVersion":"1.0.0","name":"../net"}""", 7)]
    [InlineData("""{"cniVersion":"1.0.0","name":"net","runtimeConfig":{"portMappings":[{"hostPort":1}]}}""", 7)]
    [InlineData("""{"cniVersion":"1.0.0","name":"net","runtimeConfig":{"deviceID":"x"}}""", 2)]
    [InlineData("""{"cniVersion":"1.0.0","name":"net","prevResult":{"ips":[{"address":"x"}]}}""", 7)]
    [InlineData("""{"cniVersion":"1.0.0","name":"net","prevResult":{"interfaces":[{"name":"eth0","sandbox":"/run/netns/none"}]}}""", 106)]
    public void A_bad_configuration_has_its_code(string input, int code) => Assert.Equal(code, Add(input, "/run/netns/none").Error.Code);

    [Fact]
    public void Faults_of_environment_and_configuration_are_told_together()
    {
        (int code, string message, _) = Add("""{"cniVersion":"1.0.0"}""", null).Error;

        Assert.Equal((4, "required env variables [CNI_NETNS] missing; \"name\" is missing from the network configuration"), (code, message));
    }

    [Fact]
    public void The_error_is_in_the_version_of_the_configuration() =>
        Assert.Equal("0.4.0", Add("""{"cniVersion":"0.4.0","name":"a/b"}""", "/run/netns/none").Json.GetProperty("cniVersion").GetString());

    [Fact]
    public void An_ADD_into_a_namespace_that_does_not_exist_is_error_8()
    {
        (int code, string message, _) = Add(Minimal, "/run/netns/none-of-ours").Error;

        Assert.Equal((8, "CNI_NETNS /run/netns/none-of-ours does not exist"), (code, message));
    }

    [Fact]
    public void An_ADD_into_what_is_no_namespace_is_error_8()
    {
        (int code, string message, _) = Add(Minimal, "/dev/null").Error;

        Assert.Equal((8, "CNI_NETNS /dev/null is no network namespace"), (code, message));
    }

    [Fact]
    public void An_ADD_into_the_own_namespace_is_error_8_before_anything_else()
    {
        (int code, string message, _) = Add(Minimal, "/proc/self/ns/net").Error;

        Assert.Equal(8, code);
        Assert.Contains("/proc/self/ns/net is weft-cni's own network namespace", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("STATUS", "1.0.0")]
    [InlineData("GC", "0.4.0")]
    [InlineData("CHECK", "0.3.1")]
    public void A_verb_that_the_version_does_not_have_is_error_1(string verb, string version) =>
        Assert.Equal(1, Run(verb, $$"""{"cniVersion":"{{version}}","name":"net","cni.dev/valid-attachments":[]}""", "/run/netns/none").Error.Code);

    [Fact]
    public void STATUS_without_a_daemon_is_error_50_and_names_the_socket()
    {
        (int code, string message, _) = Run("STATUS", Minimal, null).Error;

        Assert.Equal(50, code);
        Assert.Contains("/nonexistent/weft/cni.sock", message, StringComparison.Ordinal);
    }

    [Fact]
    public void GC_without_a_list_is_error_7_and_asks_nobody() =>
        Assert.Equal(7, Run("GC", Minimal, null).Error.Code);

    [Fact]
    public void CHECK_without_prevResult_is_error_7() =>
        Assert.Equal(7, Run("CHECK", Minimal, "/run/netns/none").Error.Code);

    private static PluginAnswer Add(string input, string? netns) => Run("ADD", input, netns);

    private static PluginAnswer Run(string verb, string input, string? netns) => PluginProcess.Run(
        input, null, ("CNI_COMMAND", verb), ("CNI_CONTAINERID", "c1"), ("CNI_NETNS", netns), ("CNI_IFNAME", "eth0"), ("CNI_PATH", "/opt/cni/bin"));
}
