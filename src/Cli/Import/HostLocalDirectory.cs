using System.Net;
using System.Text;
using Weft.Contracts.V1;

namespace Weft.Cli.Import;

/// <summary>
/// What host-local, the reference IPAM plugin, keeps for one network: a file for each address in use, named like it, with the
/// container's ID and the interface's name on two lines; besides <c>lock</c> and <c>last_reserved_ip.N</c>.
/// </summary>
/// <param name="Name">The network's name: that of the directory.</param>
/// <param name="Addresses">What is in use, in the order of the files' names.</param>
/// <param name="Broken">Files that say nothing usable, a sentence each.</param>
internal sealed record HostLocalDirectory(string Name, IReadOnlyList<HeldAddress> Addresses, IReadOnlyList<string> Broken)
{
    // A container ID of 64 characters and an interface's name of 15.
    private const int LongestFile = 4096;

    private const string LastReserved = "last_reserved_ip.";

    /// <exception cref="IOException">There is no such directory.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be read.</exception>
    public static HostLocalDirectory Read(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        List<HeldAddress> addresses = [];
        List<string> broken = [];
        foreach (string file in Directory.EnumerateFileSystemEntries(full).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(file);
            if (name == "lock" || name.StartsWith(LastReserved, StringComparison.Ordinal))
            {
                continue;
            }
            if (ReadFile(file, name, out HeldAddress held) is { } problem)
            {
                broken.Add($"{file}: {problem}");
            }
            else
            {
                addresses.Add(held);
            }
        }
        return new HostLocalDirectory(Path.GetFileName(full), addresses, broken);
    }

    /// <summary>What is wrong with a file, or null.</summary>
    private static string? ReadFile(string path, string name, out HeldAddress held)
    {
        held = new HeldAddress();
        // IPAddress reads "10" and "0x0a000001" too, which host-local never writes.
        if (!IPAddress.TryParse(name, out IPAddress? address) || (!name.Contains(':', StringComparison.Ordinal) && address.ToString() != name))
        {
            return "its name is no address";
        }
        string text;
        try
        {
            var information = new FileInfo(path);
            if (!information.Attributes.HasFlag(FileAttributes.Normal) && information.Attributes.HasFlag(FileAttributes.Directory))
            {
                return "is a directory";
            }
            if (information.Length > LongestFile)
            {
                return $"has {information.Length} bytes, more than a container's ID and interface take";
            }
            text = File.ReadAllText(path, new UTF8Encoding(false, throwOnInvalidBytes: true));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return e.Message;
        }
        // Versions before 0.7 wrote no interface.
        string[] lines = [.. text.Split('\n').Select(line => line.Trim())];
        if (lines[0].Length == 0)
        {
            return text.Length == 0 ? "is empty (host-local died while writing it)" : "names no container";
        }
        if (lines.Skip(2).Any(line => line.Length > 0))
        {
            return $"has {lines.Length} lines, not a container's ID and an interface";
        }
        held = new HeldAddress { Address = address.ToString(), ContainerId = lines[0], InterfaceName = lines.Length > 1 ? lines[1] : "" };
        return IsWord(held.ContainerId) && (held.InterfaceName.Length == 0 || IsWord(held.InterfaceName)) ? null : "holds what is no container's ID and interface";
    }

    private static bool IsWord(string text) => text.All(c => c is > ' ' and < '\u007f' and not '/');
}
