using System.Diagnostics;
using System.Globalization;
using Weft.NetDaemon.Attachments;

namespace Weft.NetDaemon.Tests.Attachments;

/// <summary>Real processes: killed, or with a small file system of their own.</summary>
public sealed class AttachmentLedgerCrashTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(40)]
    [InlineData(2000)]
    public void What_was_confirmed_before_a_kill_is_there_after_it(int lines)
    {
        HashSet<ulong> live = [];
        HashSet<ulong> committed = [];
        HashSet<ulong> removed = [];
        using (Process child = Start("dotnet", typeof(ChildProgram).Assembly.Location, "write-ledger", _directory))
        {
            for (int i = 0; i < lines; i++)
            {
                Note(child.StandardOutput.ReadLine() ?? throw new InvalidOperationException(child.StandardError.ReadToEnd()));
            }
            child.Kill();   // SIGKILL
            while (child.StandardOutput.ReadLine() is { } line)
            {
                Note(line);   // said before it died, so it counts
            }
            child.WaitForExit();
        }

        using AttachmentLedger ledger = AttachmentLedger.Open(_directory);
        LedgerContents contents = ledger.LoadAll();
        Dictionary<ulong, AttachmentRecord> found = contents.Attachments.ToDictionary(a => a.Id);
        // One operation may have been done and not said.
        Assert.InRange(live.Except(found.Keys).Count() + found.Keys.Except(live).Count(), 0, 1);
        Assert.All(live.Except(found.Keys), id => Assert.Equal(live.Max(), id));
        Assert.All(found.Values.Where(a => committed.Contains(a.Id)), a => Assert.Equal(AttachmentState.Committed, a.State));
        Assert.InRange(contents.Released.Count - removed.Count, 0, 1);

        void Note(string line)
        {
            if (line.Length < 2 || !ulong.TryParse(line.AsSpan(1), CultureInfo.InvariantCulture, out ulong id))
            {
                return;   // cut off by the kill
            }
            _ = line[0] switch
            {
                '+' => live.Add(id),
                'c' => committed.Add(id),
                _ => live.Remove(id) && removed.Add(id),
            };
        }
    }

    [SkippableFact]
    public void A_full_disk_takes_removals_refuses_additions_loses_nothing_and_heals_by_itself()
    {
        Skip.If(Environment.UserName != "root", "mounting a small file system needs root");
        string script = $"mount -t tmpfs -o size=6m,mode=700 weft-test '{_directory.Path}' && exec dotnet '{typeof(ChildProgram).Assembly.Location}' fill-disk '{_directory.Path}'";
        using Process child = Start("unshare", "--mount", "--propagation", "private", "sh", "-c", script);
        string stdout = child.StandardOutput.ReadToEnd();
        string stderr = child.StandardError.ReadToEnd();
        child.WaitForExit();

        Assert.True(child.ExitCode == 0, stderr);
        Assert.StartsWith("held ", stdout, StringComparison.Ordinal);
    }

    private static Process Start(string program, params string[] arguments) => Process.Start(new ProcessStartInfo(program, arguments)
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;
}
