using CsCheck;
using Weft.NetDaemon.Attachments;

namespace Weft.NetDaemon.Tests.Attachments;

public sealed class ContainerCandidateTests
{
    [Theory]
    [InlineData("default-alpha", "default/alpha k8s.io/default-alpha")]                          // ctr
    [InlineData("default-3f0a", "default/3f0a k8s.io/default-3f0a")]                             // nerdctl
    [InlineData("my-team-web-1", "my/team-web-1 my-team/web-1 my-team-web/1 k8s.io/my-team-web-1")]
    [InlineData("7d9c0a", "k8s.io/7d9c0a")]                                                     // CRI
    [InlineData("k8s.io-7d9c0a", "k8s.io/7d9c0a k8s.io/k8s.io-7d9c0a")]
    [InlineData("cnitool-77383ca0", "cnitool/77383ca0 k8s.io/cnitool-77383ca0")]
    public void A_container_ID_is_looked_for_where_runtimes_put_it(string containerId, string expected) =>
        Assert.Equal(expected, Text(containerId));

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("a--b")]
    [InlineData("-a")]
    [InlineData("a-")]
    [InlineData("a b")]
    [InlineData("../../etc")]
    public void What_containerd_would_refuse_is_not_asked_for(string containerId) => Assert.Equal("", Text(containerId));

    [Fact]
    public void A_sandbox_ID_of_full_length_is_one_question() => Assert.Equal(
        new ContainerCandidate("k8s.io", new string('a', 64)), Assert.Single(ContainerCandidate.Of(new string('a', 64))));

    [Fact]
    public void No_container_ID_leads_to_many_questions() => Gen.String[Gen.Char["ab-._ /\u00e9\0"], 0, 300].Sample(id =>
    {
        IReadOnlyList<ContainerCandidate> candidates = ContainerCandidate.Of(id);
        Assert.True(candidates.Count <= 9);
        Assert.All(candidates, c => Assert.True(c.Id.Length is > 0 and <= 76 && c.Namespace.Length is > 0 and <= 76));
        Assert.All(candidates, c => Assert.True(c.Id == id || $"{c.Namespace}-{c.Id}" == id));
    });

    private static string Text(string containerId) => string.Join(' ', ContainerCandidate.Of(containerId).Select(c => $"{c.Namespace}/{c.Id}"));
}
