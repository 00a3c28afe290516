using Weft.Contracts.Cni;
using Weft.NetDaemon.Attachments;

namespace Weft.NetDaemon.Tests.Attachments;

public sealed class EndpointDescriptionTests
{
    [Fact]
    public void Without_anything_known_the_container_ID_is_the_name() => Assert.Equal("default/c1  ", Text(Request(), null));

    [Fact]
    public void A_kubernetes_pod_is_known_by_its_labels() => Assert.Equal(
        "shop/web-0 u-1 app=web,io.kubernetes.pod.name=web-0,io.kubernetes.pod.namespace=shop,io.kubernetes.pod.uid=u-1",
        Text(Request(), ["app=web", "io.kubernetes.pod.name=web-0", "io.kubernetes.pod.namespace=shop", "io.kubernetes.pod.uid=u-1"]));

    [Fact]
    public void A_nerdctl_container_is_known_by_its_name() =>
        Assert.Equal("default/db  nerdctl/name=db", Text(Request(), ["nerdctl/name=db"]));

    [Fact]
    public void What_the_call_says_wins_over_labels()
    {
        AttachRequest request = Request();
        request.EndpointNamespace = "prod";
        request.EndpointName = "api";
        request.PodUid = "u-0";
        request.Labels.Add("app", "call");

        Assert.Equal(
            "prod/api u-0 app=call,io.kubernetes.pod.name=web-0,io.kubernetes.pod.namespace=shop,tier=1",
            Text(request, ["app=container", "tier=1", "io.kubernetes.pod.name=web-0", "io.kubernetes.pod.namespace=shop"]));
    }

    [Fact]
    public void A_pod_name_without_a_namespace_names_nothing() =>
        Assert.Equal("default/c1  io.kubernetes.pod.name=web-0", Text(Request(), ["io.kubernetes.pod.name=web-0"]));

    [Theory]
    [InlineData("")]
    [InlineData("../../nodes/a")]
    [InlineData("Upper_Case")]
    [InlineData("a b")]
    public void A_label_that_is_no_host_name_is_no_name(string name) =>
        Assert.Equal($"default/c1  nerdctl/name={name}", Text(Request(), [$"nerdctl/name={name}"]));

    [Fact]
    public void Labels_are_limited_and_those_of_the_call_are_kept()
    {
        AttachRequest request = Request();
        request.Labels.Add("zz", "call");

        EndpointDescription endpoint = EndpointDescription.Of(request, Enumerable.Range(0, 1000).ToDictionary(i => $"l{i:D4}", _ => ""));

        Assert.Equal(256, endpoint.Labels.Count);
        Assert.Equal("call", endpoint.Labels["zz"]);
        Assert.Contains("l0254", endpoint.Labels);
    }

    private static AttachRequest Request() =>
        new() { Key = new Contracts.Cni.AttachmentKey { Network = "weft", ContainerId = "c1", InterfaceName = "eth0" } };

    private static string Text(AttachRequest request, string[]? labels)
    {
        EndpointDescription e = EndpointDescription.Of(request, labels?.ToDictionary(l => l.Split('=')[0], l => l.Split('=')[1]));
        string all = string.Join(',', e.Labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value}"));
        return $"{e.Namespace}/{e.Name} {e.Uid} {all}";
    }
}
