using System.Text.Json;
using Weft.CniPlugin.Configuration;
using Weft.CniPlugin.Errors;
using Weft.Dataplane.Native;
using Weft.Contracts;
using Weft.Contracts.Cni;

namespace Weft.CniPlugin.Tuning;

/// <summary>
/// What an ADD changed of a namespace and would outlive its interface, kept until the DEL: a namespace may belong to several interfaces, and live on.
/// One file an attachment, in a directory beside weftd's socket.
/// </summary>
internal sealed record SavedSysctls
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Name of the directory, beside cni.sock.</summary>
    public const string DirectoryName = "tuning";

    /// <summary>"name" of the configuration.</summary>
    public required string Network { get; init; }

    /// <summary>Device and inode of the namespace, as text: the same path may name another one by the time of the DEL.</summary>
    public required string Namespace { get; init; }

    public required IReadOnlyList<SavedSysctl> Values { get; init; }

    public static string PathOf(string socketPath, AttachmentKey key) =>
        Path.Join(DirectoryOf(socketPath), WeftPaths.HostInterface(key.Network, key.ContainerId, key.InterfaceName));

    public static string DirectoryOf(string socketPath) => Path.Join(Path.GetDirectoryName(socketPath), DirectoryName);

    /// <summary>Writes the file: it is there whole or not at all.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be written.</exception>
    public void Write(string path)
    {
        _ = Directory.CreateDirectory(Path.GetDirectoryName(path)!, OwnerOnly);
        string temporary = Path.Join(Path.GetDirectoryName(path), $".{Path.GetFileName(path)}.{Environment.ProcessId}");
        try
        {
            using (var file = new FileStream(temporary, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                file.Write(ToJson());
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Reads a file; null when there is none.</summary>
    /// <exception cref="IOException">It cannot be read, or is damaged.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static SavedSysctls? TryRead(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }
        try
        {
            JsonElement root = NetworkConfigurationReader.Decode(File.ReadAllBytes(path));
            List<SavedSysctl> values = [];
            foreach (JsonElement item in JsonKeys.FindList(root, "values"))
            {
                List<string> segments = [];
                foreach (JsonElement segment in JsonKeys.FindList(item, "path"))
                {
                    segments.Add(segment.GetString() ?? "");
                }
                values.Add(new SavedSysctl([.. segments], JsonKeys.FindText(item, "was") ?? "", JsonKeys.FindText(item, "set") ?? ""));
            }
            return new SavedSysctls
            {
                Network = JsonKeys.FindText(root, "network") ?? "",
                Namespace = JsonKeys.FindText(root, "namespace") ?? "",
                Values = values,
            };
        }
        catch (Exception e) when (e is CniException or InvalidOperationException)
        {
            throw new IOException($"{path} is damaged: {e.Message}", e);
        }
    }

    private byte[] ToJson()
    {
        using var buffer = new MemoryStream(512);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = PlainJsonEncoder.Instance }))
        {
            json.WriteStartObject();
            json.WriteString("network"u8, Network);
            json.WriteString("namespace"u8, Namespace);
            json.WriteStartArray("values"u8);
            foreach (SavedSysctl value in Values)
            {
                json.WriteStartObject();
                json.WriteStartArray("path"u8);
                foreach (string segment in value.Segments)
                {
                    json.WriteStringValue(segment);
                }
                json.WriteEndArray();
                json.WriteString("was"u8, value.Was);
                json.WriteString("set"u8, value.Set);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }
}
