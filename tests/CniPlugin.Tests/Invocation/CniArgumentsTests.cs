using Weft.CniPlugin.Errors;
using Weft.CniPlugin.Invocation;

namespace Weft.CniPlugin.Tests.Invocation;

public sealed class CniArgumentsTests
{
    [Fact]
    public void What_containerd_sends_is_read_in_any_order()
    {
        CniArguments arguments = Parse("K8S_POD_UID=7dfc525e;IgnoreUnknown=1;K8S_POD_NAMESPACE=web;K8S_POD_NAME=capod;K8S_POD_INFRA_CONTAINER_ID=26711c", out ProblemList problems);

        Assert.Equal(0, problems.Count);
        Assert.Equal(("web", "capod", "7dfc525e"), (arguments.PodNamespace, arguments.PodName, arguments.PodUid));
    }

    [Fact]
    public void What_podman_sends_is_read()
    {
        CniArguments arguments = Parse("IgnoreUnknown=1;K8S_POD_NAME=h1p31667;MAC=92:00:00:00:00:07;IP=10.1.2.3", out ProblemList problems);

        Assert.Equal(0, problems.Count);
        Assert.Equal(("h1p31667", "92:00:00:00:00:07", "10.1.2.3"), (arguments.PodName, arguments.Mac, arguments.Ip));
    }

    [Fact]
    public void A_network_can_be_asked_for() => Assert.Equal("blue", Parse("WEFT_NETWORK=blue", out _).Network);

    [Theory]
    [InlineData("FOO=1")]
    [InlineData("IgnoreUnknown=0;FOO=1")]
    [InlineData("FOO=1;ignoreunknown=1")]
    public void An_unknown_key_is_refused_by_name(string text)
    {
        _ = Parse(text, out ProblemList problems);

        Assert.Equal(CniErrorCode.InvalidEnvironment, problems.ToError().Code);
        Assert.Contains("FOO", problems.ToError().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FOO=1;IgnoreUnknown=1")]
    [InlineData("IgnoreUnknown=true;FOO=1")]
    [InlineData("FOO=1;IgnoreUnknown=TRUE")]
    [InlineData("")]
    [InlineData(null)]
    public void An_unknown_key_is_ignored_when_the_runtime_says_so(string? text)
    {
        _ = Parse(text, out ProblemList problems);

        Assert.Equal(0, problems.Count);
    }

    [Theory]
    [InlineData("IgnoreUnknown=1;")]
    [InlineData("IgnoreUnknown=1;a")]
    [InlineData("IgnoreUnknown=1;a=b=c")]
    [InlineData("IgnoreUnknown=1;=c")]
    [InlineData(";")]
    [InlineData("IgnoreUnknown=perhaps")]
    public void A_pair_without_exactly_one_equals_sign_is_refused(string text)
    {
        _ = Parse(text, out ProblemList problems);

        Assert.Equal(CniErrorCode.InvalidEnvironment, problems.ToError().Code);
    }

    private static CniArguments Parse(string? text, out ProblemList problems)
    {
        problems = new ProblemList();
        return CniArguments.Parse(text, problems);
    }
}
