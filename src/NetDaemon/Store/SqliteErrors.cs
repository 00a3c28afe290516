using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Weft.NetDaemon.Store;

/// <summary>SQLite's result codes (sqlite.org/rescode.html) in an operator's words.</summary>
internal static class SqliteErrors
{
    /// <param name="e">What SQLite said.</param>
    /// <param name="operation">What was attempted, as in "record an attachment".</param>
    /// <param name="path">The file.</param>
    public static StoreException Translate(SqliteException e, string operation, string path)
    {
        string directory = Path.GetDirectoryName(path) ?? path;
        (string problem, string nextStep) = e.SqliteErrorCode switch
        {
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => ($"another process, probably a second weftd, uses {directory}",
                "stop it, or give this weftd another --state-dir"),
            raw.SQLITE_FULL => ($"no space is left for {path}",
                $"free space on the file system of {directory} (df {directory}); weftd goes on by itself then"),
            raw.SQLITE_READONLY => ($"{path} is on a read-only file system or may not be written",
                $"mount it writable (findmnt -T {directory}) or check its owner and mode"),
            raw.SQLITE_CANTOPEN => ($"{path} cannot be opened", $"check that {directory} exists and weftd may write there"),
            raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => ($"{path} is damaged or not a database",
                $"stop weftd, move {path} and {path}-wal aside (keep them for a report), and start weftd again"),
            raw.SQLITE_IOERR => ($"the disk under {path} failed to read or write", $"check the disk and the kernel's log (dmesg), and that its file system is still writable (findmnt -T {directory}); weftd goes on by itself then"),
            _ => ($"{path} answered with SQLite code {e.SqliteExtendedErrorCode}", "see weftd's log"),
        };
        return new StoreException($"could not {operation}: {problem} ({e.Message})", e) { NextStep = nextStep };
    }
}
