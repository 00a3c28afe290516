using Google.Protobuf;
using Weft.Contracts.Cni;
using Weft.NetDaemon.Attachments;
using AttachmentKey = Weft.NetDaemon.Attachments.AttachmentKey;

namespace Weft.NetDaemon.Tests.Attachments;

public sealed class DetachNotesTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly DetachNotes _notes;

    public DetachNotesTests() => _notes = new DetachNotes(_directory);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Without_a_directory_there_are_no_notes()
    {
        var notes = new DetachNotes(_directory.File("absent"));
        Assert.Empty(notes.Read());
        Assert.Null(notes.Find("wfta"));
    }

    [Fact]
    public void Notes_are_read_found_and_removed()
    {
        Write("wfta", "a");
        Write("wftb", "b");

        Assert.Equal(["weft/a/eth0", "weft/b/eth0"], _notes.Read().Select(n => n.Key.ToString()).Order(StringComparer.Ordinal));
        DetachNote note = _notes.Find("wfta")!;
        Assert.Equal(new AttachmentKey("weft", "a", "eth0"), note.Key);

        DetachNotes.Remove(note);
        DetachNotes.Remove(note);       // its plugin, or another look, may have been faster
        Assert.Null(_notes.Find("wfta"));
        Assert.Single(_notes.Read());
    }

    [Fact]
    public void What_is_still_being_written_is_not_read()
    {
        File.WriteAllBytes(_directory.File(".wfta.1234"), [0x0a]);
        Assert.Empty(_notes.Read());
    }

    [Fact]
    public void Garbage_is_a_note_without_a_key()
    {
        File.WriteAllBytes(_directory.File("wfta"), [0xff, 0xff, 0xff]);
        File.WriteAllBytes(_directory.File("wftb"), []);

        Assert.All(_notes.Read(), note => Assert.Null(note.Key));
        Assert.Equal(2, _notes.Read().Count);
    }

    private void Write(string name, string container) => File.WriteAllBytes(
        _directory.File(name),
        new DetachRequest { Key = new Contracts.Cni.AttachmentKey { Network = "weft", ContainerId = container, InterfaceName = "eth0" } }.ToByteArray());
}
