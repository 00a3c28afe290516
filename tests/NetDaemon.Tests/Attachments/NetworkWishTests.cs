using Weft.Contracts;
using Weft.Contracts.Cni;
using Weft.NetDaemon.Attachments;

namespace Weft.NetDaemon.Tests.Attachments;

public sealed class NetworkWishTests
{
    [Theory]
    [InlineData("red", "green", "blue", "red")]
    [InlineData("", "green", "blue", "green")]
    [InlineData("", null, "blue", "blue")]
    [InlineData("", null, null, "")]
    public void The_configuration_counts_before_the_calls_label_and_that_before_the_containers(string configured, string? call, string? container, string expected)
    {
        var request = new AttachRequest { WeftNetwork = configured };
        if (call is not null)
        {
            request.Labels.Add(WeftLabels.Network, call);
        }
        string before = request.ToString();

        Assert.Equal(expected, NetworkWish.Apply(request, container is null ? null : new Dictionary<string, string> { [WeftLabels.Network] = container }).WeftNetwork);
        Assert.Equal(before, request.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("Blue")]
    [InlineData("../nodes")]
    public void A_label_that_can_name_no_network_is_refused(string label)
    {
        var request = new AttachRequest { Labels = { [WeftLabels.Network] = label } };

        RefusedException refused = Assert.Throws<RefusedException>(() => NetworkWish.Apply(request, null));

        Assert.Equal(RefusalReason.BadRequest, refused.Reason);
        Assert.Contains(WeftLabels.Network, refused.Message, StringComparison.Ordinal);
    }
}
