using System.Text;
using System.Text.Json;
using Weft.CniPlugin.Daemon;
using Weft.CniPlugin.Errors;
using Weft.CniPlugin.Invocation;
using Weft.Contracts.Cni;
using Weft.Dataplane;

namespace Weft.CniPlugin.Tests.Errors;

public sealed class ErrorTableTests
{
    [Theory]
    [InlineData(RefusalReason.Unspecified, 104)]
    [InlineData(RefusalReason.BadRequest, 7)]
    [InlineData(RefusalReason.UnknownNetwork, 7)]
    [InlineData(RefusalReason.AlreadyAttached, 101)]
    [InlineData(RefusalReason.PoolExhausted, 100)]
    [InlineData(RefusalReason.AddressInUse, 102)]
    [InlineData(RefusalReason.PortInUse, 107)]
    [InlineData(RefusalReason.NotReady, 11)]
    [InlineData(RefusalReason.StoreFailed, 5)]
    [InlineData(RefusalReason.KernelRefused, 103)]
    [InlineData(RefusalReason.UnknownAttachment, 11)]
    [InlineData(RefusalReason.Internal, 104)]
    [InlineData((RefusalReason)999, 104)]
    public void Each_refusal_of_an_ADD_has_its_code(RefusalReason reason, int code)
    {
        CniError error = ErrorTable.From(Refused(reason), CniCommand.Add);

        Assert.Equal((code, "the thing", "the next step"), ((int)error.Code, error.Message, error.Details));
    }

    [Fact]
    public void Every_reason_of_the_contract_makes_STATUS_unavailable_and_one_of_them_worse()
    {
        foreach (RefusalReason reason in Enum.GetValues<RefusalReason>())
        {
            int expected = reason == RefusalReason.ConnectivityLimited ? 51 : 50;
            Assert.Equal(expected, (int)ErrorTable.From(Refused(reason), CniCommand.Status).Code);
        }
        Assert.Equal(50, (int)ErrorTable.From(new DaemonUnreachableException("/s", "x"), CniCommand.Status).Code);
    }

    [Fact]
    public void A_CHECK_of_an_unknown_attachment_tells_the_runtime_that_no_DEL_is_needed() =>
        Assert.Equal(CniErrorCode.UnknownContainer, ErrorTable.From(Refused(RefusalReason.UnknownAttachment), CniCommand.Check).Code);

    [Fact]
    public void A_daemon_that_does_not_answer_means_try_again_and_the_message_names_the_socket()
    {
        CniError error = ErrorTable.From(new DaemonUnreachableException("/run/weft/cni.sock", "Connection refused"), CniCommand.Add);

        Assert.Equal(CniErrorCode.TryAgainLater, error.Code);
        Assert.Equal("weftd is not answering at /run/weft/cni.sock: Connection refused", error.Message);
    }

    [Fact]
    public void What_the_kernel_refuses_is_told_with_its_operation()
    {
        CniError error = ErrorTable.From(new KernelException { Operation = "create veth wftx", Errno = Errno.EPERM }, CniCommand.Add);

        Assert.Equal(CniErrorCode.KernelRefused, error.Code);
        Assert.Contains("create veth wftx", error.Message, StringComparison.Ordinal);
        Assert.Contains("root", error.Details, StringComparison.Ordinal);
    }

    [Fact]
    public void A_defect_of_the_plugin_is_an_error_object_too()
    {
        byte[] json = ErrorTable.From(new InvalidOperationException("a \"quoted\" \u0001 text"), null).ToJson("1.0.0");

        JsonElement error = JsonDocument.Parse(json).RootElement;
        Assert.Equal(999, error.GetProperty("code").GetInt32());
        Assert.Equal("1.0.0", error.GetProperty("cniVersion").GetString());
        Assert.Contains("a \"quoted\" \u0001 text", error.GetProperty("msg").GetString(), StringComparison.Ordinal);
        Assert.EndsWith("\n", Encoding.UTF8.GetString(json), StringComparison.Ordinal);
    }

    private static DaemonRefusedException Refused(RefusalReason reason) =>
        new(new Refusal { Reason = reason, Message = "the thing", Detail = "the next step" });
}
