using Google.Protobuf;
using System.Net;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Attachments;

/// <summary>
/// The node's durable memory of its attachments and of the addresses that they gave back: local.db (SQLite) in the state
/// directory. Thread-safe; each call is one short, blocking transaction, done whole or not at all, also when the process is killed.
/// </summary>
internal sealed partial class AttachmentLedger : IDisposable
{
    /// <summary>File name within the state directory.</summary>
    public const string FileName = "local.db";

    private const int SchemaVersion = 2;

    // address has a row for each address that an attachment has (attachment not null) or had (attachment null); released_ms,
    // release_order and owner tell of its latest release, and stay while it is used again.
    // Its primary key is the last guard against giving one address out twice. The attachment's own list of addresses,
    // one a line as "ADDRESS/LENGTH GATEWAY", saves an index on the former.
    private const string Schema = """
        CREATE TABLE attachment (
            id INTEGER PRIMARY KEY AUTOINCREMENT, cni_network TEXT NOT NULL, container_id TEXT NOT NULL, interface_name TEXT NOT NULL,
            state INTEGER NOT NULL, netns TEXT NOT NULL, netns_device INTEGER NOT NULL, netns_inode INTEGER NOT NULL,
            weft_network TEXT NOT NULL, endpoint_namespace TEXT NOT NULL, endpoint_name TEXT NOT NULL, endpoint_uid TEXT NOT NULL,
            labels TEXT NOT NULL, host_interface TEXT NOT NULL, host_mac BLOB NOT NULL, container_mac BLOB NOT NULL, mtu INTEGER NOT NULL,
            addresses TEXT NOT NULL, boot_id TEXT NOT NULL, created_ms INTEGER NOT NULL, options BLOB NOT NULL,
            UNIQUE (cni_network, container_id, interface_name));
        CREATE TABLE address (
            weft_network TEXT NOT NULL, address BLOB NOT NULL, attachment INTEGER, released_ms INTEGER, release_order INTEGER, owner TEXT,
            PRIMARY KEY (weft_network, address)) WITHOUT ROWID
        """;

    /// <summary>What recording one takes at most: some pages in the write-ahead log, and some in the file.</summary>
    private const long RoomForAttachment = 128 * 1024;

    private readonly SqliteFile _file;
    private readonly Statements _sql;

    private long _lastRelease;   // release_order of the latest release; gaps do not matter

    private AttachmentLedger(SqliteFile file)
    {
        (_file, _sql) = (file, new Statements(file));
        _lastRelease = _file.Read("read the last release", () => _sql.LastRelease.QueryInteger() ?? 0);
    }

    /// <summary>Opens or creates the ledger.</summary>
    /// <param name="stateDirectory">Created when missing.</param>
    /// <exception cref="StoreException">The directory or file cannot be used, another weftd uses it, or a newer one wrote it.</exception>
    public static AttachmentLedger Open(string stateDirectory)
    {
        SqliteFile file = SqliteFile.Open(stateDirectory, FileName, SchemaVersion, Schema);
        try
        {
            return new AttachmentLedger(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Everything, as of one moment.</summary>
    /// <exception cref="StoreException">The file could not be read.</exception>
    public LedgerContents LoadAll() => _file.Read("read the attachments", () =>
    {
        List<AttachmentRecord> attachments = [];
        List<ReleasedAddress> released = [];
        _sql.All.Query(row =>
        {
            attachments.Add(AttachmentRow.Read(row));
            return true;
        });
        _sql.Released.Query(row =>
        {
            released.Add(new ReleasedAddress(
                row.GetString(0), new IPAddress(row.GetFieldValue<byte[]>(1)), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)),
                row.GetString(3) is { Length: > 0 } owner ? owner : null));
            return true;
        });
        return new LedgerContents(attachments, released);
    });

    /// <summary>
    /// Records an attachment as pending and takes its addresses. Durable on return, against power loss too: the one fsync of an ADD.
    /// </summary>
    /// <param name="record">Its id and state are not looked at.</param>
    /// <returns>The new attachment's id.</returns>
    /// <exception cref="StoreException">The file could not be written. Nothing was recorded.</exception>
    /// <exception cref="InvalidOperationException">The key is recorded already, or an address belongs to another attachment.
    /// Nothing was recorded. The daemon checks both first: this is a defect in it.</exception>
    public ulong InsertPending(AttachmentRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return _file.Write($"record attachment {record.Key}", durable: true, () =>
        {
            long id = Insert(record);
            foreach (AttachmentAddress address in record.Addresses)
            {
                if (_sql.TakeAddress.Execute(record.WeftNetwork, address.Address.GetAddressBytes(), id) == 0)
                {
                    throw new InvalidOperationException($"address {address.Address} of network {record.WeftNetwork} belongs to another attachment");
                }
            }
            return (ulong)id;
        });
    }

    /// <summary>Where the file is.</summary>
    public string Directory => Path.GetDirectoryName(_file.Path)!;

    /// <summary>Asks whether the disk has room for another attachment and may be written, without writing.</summary>
    /// <exception cref="StoreException">It has less than 128 KiB left, or was made read-only.</exception>
    public void RequireRoom()
    {
        long free = new DriveInfo(Directory).AvailableFreeSpace;
        if (free < RoomForAttachment)
        {
            throw new StoreException($"the disk of {_file.Path} has {free} bytes left")
            {
                NextStep = "free some space there; containers that run are not affected, and can be removed",
            };
        }
        _file.RequireWritable();
    }

    /// <summary>Records that the container is wired. Outlives the process, but perhaps not a power loss: that ends the container too.</summary>
    /// <returns>False when there is no such attachment.</returns>
    /// <exception cref="StoreException">The file could not be written.</exception>
    public bool MarkCommitted(ulong id) =>
        _file.Write($"commit attachment {id}", durable: false, () => _sql.SetState.Execute((long)AttachmentState.Committed, (long)id) != 0);

    /// <summary>Records what an attachment is called and labelled from now on. As durable as <see cref="MarkCommitted"/>.</summary>
    /// <returns>False when there is no such attachment.</returns>
    /// <exception cref="StoreException">The file could not be written. The attachment is described as before.</exception>
    public bool Describe(AttachmentRecord described) => _file.Write($"describe attachment {described.Id}", durable: false, () =>
        _sql.Describe.Execute(
            described.EndpointNamespace, described.EndpointName, described.EndpointUid, AttachmentRow.LabelsText(described.Labels), described.Options.ToByteArray(), (long)described.Id) != 0);

    /// <summary>Forgets an attachment; its addresses cool down from then on. As durable as <see cref="MarkCommitted"/>.</summary>
    /// <param name="id">The attachment.</param>
    /// <param name="releasedAt">Wall time, kept in whole milliseconds.</param>
    /// <returns>False when there is no such attachment.</returns>
    /// <exception cref="StoreException">The file could not be written. The attachment is still there.</exception>
    public bool Remove(ulong id, DateTimeOffset releasedAt) =>
        Remove(id, (record, address) => _sql.ReleaseAddress.Execute(
            record.WeftNetwork, address, releasedAt.ToUnixTimeMilliseconds(), Interlocked.Increment(ref _lastRelease), record.Owner ?? ""));

    /// <summary>Forgets an attachment whose addresses no packet has used: they are as they were before it.</summary>
    /// <returns>False when there is no such attachment.</returns>
    /// <exception cref="StoreException">The file could not be written. The attachment is still there.</exception>
    public bool RemoveUnused(ulong id) =>
        Remove(id, (record, address) =>
        {
            if (_sql.ReturnAddress.Execute(record.WeftNetwork, address) == 0)
            {
                _sql.ForgetAddress.Execute(record.WeftNetwork, address);
            }
        });

    /// <summary>The attachment that has an address, or null.</summary>
    /// <exception cref="StoreException">The file could not be read.</exception>
    public AttachmentRecord? FindByAddress(string weftNetwork, IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return _file.Read($"look up {address}", () =>
            _sql.HolderOf.QueryInteger(weftNetwork, address.GetAddressBytes()) is { } id ? Find(id) : null);
    }

    /// <summary>Forgets addresses that were released before a moment: they count as never used from the next start on.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="StoreException">The file could not be written.</exception>
    public int PruneReleased(DateTimeOffset releasedBefore) =>
        _file.Write("forget cooled addresses", durable: false, () => _sql.Prune.Execute(releasedBefore.ToUnixTimeMilliseconds()));

    public void Dispose() => _file.Dispose();

    private long Insert(AttachmentRecord record)
    {
        try
        {
            return _sql.Insert.QueryInteger(AttachmentRow.Values(record))!.Value;
        }
        catch (SqliteException e) when (e.SqliteErrorCode == raw.SQLITE_CONSTRAINT)
        {
            throw new InvalidOperationException($"attachment {record.Key} is recorded already", e);
        }
    }

    private bool Remove(ulong id, Action<AttachmentRecord, byte[]> giveBack) => _file.Write($"forget attachment {id}", durable: false, () =>
    {
        AttachmentRecord? record = Find((long)id);
        if (record is null)
        {
            return false;
        }
        foreach (AttachmentAddress address in record.Addresses)
        {
            giveBack(record, address.Address.GetAddressBytes());
        }
        return _sql.Delete.Execute((long)id) != 0;
    });

    private AttachmentRecord? Find(long id)
    {
        AttachmentRecord? record = null;
        _sql.One.Query(row =>
        {
            record = AttachmentRow.Read(row);
            return false;
        }, id);
        return record;
    }
}
