using Weft.CniPlugin.Errors;
using Weft.CniPlugin.Invocation;

namespace Weft.CniPlugin.Tests.Invocation;

public sealed class EnvironmentReaderTests
{
    private static readonly string[] Variables = ["CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME", "CNI_PATH"];

    [Theory]
    [InlineData("ADD", "CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME")]
    [InlineData("CHECK", "CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME")]
    [InlineData("DEL", "CNI_CONTAINERID", "CNI_IFNAME")]
    [InlineData("GC", "CNI_PATH")]
    [InlineData("STATUS")]
    [InlineData("VERSION")]
    public void Each_verb_misses_exactly_the_variables_that_it_needs(string verb, params string[] needed)
    {
        foreach (string absent in Variables)
        {
            foreach (string? value in (string?[])[null, ""])
            {
                ProblemList problems = Read(verb, (absent, value)).Problems;

                if (!needed.Contains(absent))
                {
                    Assert.Equal(0, problems.Count);
                    continue;
                }
                CniError error = problems.ToError();
                Assert.Equal(CniErrorCode.InvalidEnvironment, error.Code);
                Assert.Equal($"required env variables [{absent}] missing", error.Message);
            }
        }
    }

    [Fact]
    public void All_missing_variables_are_named_at_once()
    {
        CniError error = Read("ADD", ("CNI_CONTAINERID", null), ("CNI_NETNS", ""), ("CNI_IFNAME", null)).Problems.ToError();

        Assert.Equal("required env variables [CNI_CONTAINERID,CNI_NETNS,CNI_IFNAME] missing", error.Message);
    }

    [Fact]
    public void Without_a_command_there_is_no_verb()
    {
        Assert.Null(EnvironmentReader.ReadCommand(_ => null));
        Assert.Null(EnvironmentReader.ReadCommand(_ => ""));
    }

    [Theory]
    [InlineData("FROB")]
    [InlineData("add")]
    [InlineData("ADD ")]
    public void An_unknown_command_is_an_environment_error_that_names_it(string command)
    {
        CniException e = Assert.Throws<CniException>(() => EnvironmentReader.ReadCommand(_ => command));

        Assert.Equal(CniErrorCode.InvalidEnvironment, e.Error.Code);
        Assert.Contains($"\"{command}\"", e.Error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("-a")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("\u00fcber")]
    public void A_container_id_that_could_be_a_path_is_refused(string id)
    {
        CniError error = Read("ADD", ("CNI_CONTAINERID", id)).Problems.ToError();

        Assert.Equal(CniErrorCode.InvalidEnvironment, error.Code);
        Assert.Contains($"CNI_CONTAINERID \"{id}\"", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("default-ctrcni1982")]
    [InlineData("26711c3529ce01e673f56cd1102169f01fa3727322eb5994c9dc26c62fcb79b1")]
    [InlineData("a")]
    [InlineData("0_.-")]
    public void Container_ids_of_runtimes_are_accepted(string id) =>
        Assert.Equal(0, Read("ADD", ("CNI_CONTAINERID", id)).Problems.Count);

    [Theory]
    [InlineData("abcdefghijklmnop")]
    [InlineData("\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a:b")]
    [InlineData("a b")]
    [InlineData("a\tb")]
    [InlineData("a\nb")]
    [InlineData("eth%d")]
    public void A_name_that_no_interface_can_have_is_refused(string name)
    {
        CniError error = Read("DEL", ("CNI_IFNAME", name)).Problems.ToError();

        Assert.Equal(CniErrorCode.InvalidEnvironment, error.Code);
        Assert.Contains($"CNI_IFNAME \"{name}\"", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("eth0")]
    [InlineData("abcdefghijklmno")]
    [InlineData("a.b-c_d")]
    public void Interface_names_up_to_15_bytes_are_accepted(string name) =>
        Assert.Equal(name, Read("ADD", ("CNI_IFNAME", name)).Invocation.InterfaceName);

    [Fact]
    public void Everything_wrong_is_reported_in_one_error()
    {
        CniError error = Read("ADD", ("CNI_CONTAINERID", "../x"), ("CNI_IFNAME", "a/b"), ("CNI_NETNS", null), ("CNI_ARGS", "x")).Problems.ToError();

        Assert.Contains("[CNI_NETNS]", error.Message, StringComparison.Ordinal);
        Assert.Contains("\"../x\"", error.Message, StringComparison.Ordinal);
        Assert.Contains("\"a/b\"", error.Message, StringComparison.Ordinal);
        Assert.Contains("\"x\" is not KEY=VALUE", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gc_with_empty_container_variables_is_fine() =>
        Assert.Equal(0, Read("GC", ("CNI_CONTAINERID", ""), ("CNI_NETNS", ""), ("CNI_IFNAME", "")).Problems.Count);

    [Theory]
    [InlineData("1", true)]
    [InlineData("TRUE", true)]
    [InlineData("true", true)]
    [InlineData("0", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void The_override_for_the_own_namespace_is_read(string? value, bool allowed) =>
        Assert.Equal(allowed, Read("ADD", ("CNI_NETNS_OVERRIDE", value)).Invocation.AllowsOwnNamespace);

    private static (CniInvocation Invocation, ProblemList Problems) Read(string verb, params (string Name, string? Value)[] changes)
    {
        var variables = new Dictionary<string, string?>
        {
            ["CNI_COMMAND"] = verb,
            ["CNI_CONTAINERID"] = "c1",
            ["CNI_NETNS"] = "/run/netns/x",
            ["CNI_IFNAME"] = "eth0",
            ["CNI_PATH"] = "/opt/cni/bin:/usr/lib/cni",
        };
        foreach ((string name, string? value) in changes)
        {
            variables[name] = value;
        }
        var problems = new ProblemList();
        CniCommand command = EnvironmentReader.ReadCommand(variables.GetValueOrDefault)!.Value;
        return (EnvironmentReader.Read(command, variables.GetValueOrDefault, problems), problems);
    }
}
