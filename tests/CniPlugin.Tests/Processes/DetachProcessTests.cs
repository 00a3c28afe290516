using Weft.CniPlugin.Tests.Kernel;
using Weft.Contracts;
using Weft.Contracts.Cni;
using Weft.Dataplane.Namespaces;

namespace Weft.CniPlugin.Tests.Processes;

/// <summary>DEL, GC, STATUS and CHECK against the other side of the socket.</summary>
public sealed class DetachProcessTests
{
    [SkippableTheory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/run/netns/gone")]
    public void DEL_asks_the_daemon_by_key_alone(string? netns)
    {
        using var daemon = new ScriptedDaemon(static _ => ScriptedDaemon.Done());

        Run("DEL", daemon.SocketPath, netns).IsSilentSuccess();

        Assert.Equal(new DetachRequest { Key = Replies.Key }, Assert.Single(daemon.Requests).Detach);
        Assert.False(Directory.Exists(NotesOf(daemon.SocketPath)));
    }

    [SkippableFact]
    public void DEL_with_a_prevResult_and_wishes_that_make_no_sense_still_works()
    {
        using var daemon = new ScriptedDaemon(static _ => ScriptedDaemon.Done());

        Run("DEL", daemon.SocketPath, "", ""","prevResult":{"ips":[7]},"runtimeConfig":{"mac":"x","portMappings":[{"hostPort":1}]},"dns":7""").IsSilentSuccess();
    }

    [SkippableTheory]
    [InlineData(RefusalReason.UnknownAttachment)]
    [InlineData(RefusalReason.UnknownNetwork)]
    public void DEL_of_what_is_not_there_succeeds(RefusalReason reason)
    {
        using var daemon = new ScriptedDaemon(_ => ScriptedDaemon.Refuse(reason));

        Run("DEL", daemon.SocketPath, "").IsSilentSuccess();
    }

    [SkippableFact]
    public void DEL_that_the_daemon_refuses_is_an_error_with_its_words()
    {
        using var daemon = new ScriptedDaemon(static _ => ScriptedDaemon.Refuse(RefusalReason.KernelRefused));

        Assert.Equal((103, "the thing", "the next step"), Run("DEL", daemon.SocketPath, "").Error);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void DEL_leaves_a_note_when_the_daemon_closes_or_cannot_serve(bool answers)
    {
        using var daemon = new ScriptedDaemon(_ => answers ? ScriptedDaemon.Refuse(RefusalReason.NotReady) : null);

        PluginAnswer answer = Run("DEL", daemon.SocketPath, "");

        answer.IsSilentSuccess();
        IsNoted(daemon.SocketPath);
        Assert.Contains("left a note", answer.Log, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void DEL_without_a_daemon_leaves_a_note_that_only_root_can_read_and_again_when_repeated()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("weft-cni-");
        string socket = Path.Join(directory.FullName, "run", "cni.sock");

        Run("DEL", socket, "").IsSilentSuccess();
        Run("DEL", socket, "").IsSilentSuccess();

        IsNoted(socket);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, new DirectoryInfo(NotesOf(socket)).UnixFileMode);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(Directory.GetFiles(NotesOf(socket)).Single()).UnixFileMode);
        directory.Delete(recursive: true);
    }

    [SkippableFact]
    public void DEL_that_can_neither_reach_the_daemon_nor_leave_a_note_says_so()
    {
        (int code, string message, _) = Run("DEL", "/dev/null/cni.sock", "").Error;

        Assert.Equal(11, code);
        Assert.Contains("weftd is not answering at /dev/null/cni.sock", message, StringComparison.Ordinal);
        Assert.Contains("no note can be left", message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void GC_sends_the_valid_attachments()
    {
        using var daemon = new ScriptedDaemon(static _ => new Reply { Collected = new CollectReply { Removed = 1 } });

        Run("GC", daemon.SocketPath, "", ""","cni.dev/valid-attachments":[{"containerID":"c1","ifname":"eth0"}]""").IsSilentSuccess();

        CollectRequest request = Assert.Single(daemon.Requests).Collect;
        Assert.Equal("net", request.Network);
        Assert.Equal(new AttachmentKey { ContainerId = "c1", InterfaceName = "eth0" }, Assert.Single(request.Valid));
    }

    [SkippableFact]
    public void GC_with_null_keeps_nothing()
    {
        using var daemon = new ScriptedDaemon(static _ => new Reply { Collected = new CollectReply() });

        Run("GC", daemon.SocketPath, "", ""","cni.dev/valid-attachments":null""").IsSilentSuccess();

        Assert.Empty(Assert.Single(daemon.Requests).Collect.Valid);
    }

    [SkippableFact]
    public void GC_of_more_than_one_message_holds_is_refused_rather_than_sent_in_part()
    {
        using var daemon = new ScriptedDaemon(static _ => new Reply { Collected = new CollectReply() });
        string list = string.Join(',', Enumerable.Range(0, 20_000).Select(static i => $$"""{"containerID":"{{i:x64}}","ifname":"eth0"}"""));

        (int code, string message, _) = Run("GC", daemon.SocketPath, "", $$""","cni.dev/valid-attachments":[{{list}}]""").Error;

        Assert.Equal(7, code);
        Assert.Contains("20000 valid attachments", message, StringComparison.Ordinal);
        Assert.Empty(daemon.Requests);
    }

    [SkippableFact]
    public void STATUS_asks_for_the_network_of_the_configuration()
    {
        using var daemon = new ScriptedDaemon(static _ => ScriptedDaemon.Done());

        Run("STATUS", daemon.SocketPath, "", ""","network":"blue" """).IsSilentSuccess();

        Assert.Equal(new StatusRequest { Network = "net", WeftNetwork = "blue" }, Assert.Single(daemon.Requests).Status);
    }

    [SkippableTheory]
    [InlineData(RefusalReason.PoolExhausted, 50)]
    [InlineData(RefusalReason.ConnectivityLimited, 51)]
    public void STATUS_tells_why_not(RefusalReason reason, int code)
    {
        using var daemon = new ScriptedDaemon(_ => ScriptedDaemon.Refuse(reason));

        Assert.Equal((code, "the thing", "the next step"), Run("STATUS", daemon.SocketPath, "").Error);
    }

    [SkippableFact]
    public void An_answer_to_another_question_is_not_believed()
    {
        using var daemon = new ScriptedDaemon(static _ => new Reply { Collected = new CollectReply() });

        (int code, string message, _) = Run("STATUS", daemon.SocketPath, "").Error;

        Assert.Equal(50, code);
        Assert.Contains("the answer to Status was Collected", message, StringComparison.Ordinal);
    }

    // In a namespace of its own: a DEL without a daemon deletes links.
    private static PluginAnswer Run(string verb, string socket, string? netns, string more = "")
    {
        KernelRequirement.Root();
        using NetworkNamespace node = NetworkNamespace.Create();
        return PluginProcess.Run(
            $$"""{"cniVersion":"1.1.0","name":"net","type":"weft-cni","socket":"{{socket}}"{{more}}}""", node.Path,
            ("CNI_COMMAND", verb), ("CNI_CONTAINERID", "c1"), ("CNI_NETNS", netns), ("CNI_IFNAME", "eth0"), ("CNI_PATH", "/opt/cni/bin"));
    }

    private static string NotesOf(string socket) => Path.Join(Path.GetDirectoryName(socket), WeftPaths.DetachNotesName);

    private static void IsNoted(string socket)
    {
        string note = Assert.Single(Directory.GetFiles(NotesOf(socket)));
        Assert.Equal(WeftPaths.HostInterface("net", "c1", "eth0"), Path.GetFileName(note));
        Assert.Equal(new DetachRequest { Key = Replies.Key }, DetachRequest.Parser.ParseFrom(File.ReadAllBytes(note)));
    }
}
