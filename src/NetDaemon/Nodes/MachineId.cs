using System.Security.Cryptography;

namespace Weft.NetDaemon.Nodes;

/// <summary>
/// Which installation of weftd this is: a random number that is made with the state directory and goes with it. Not /etc/machine-id: what a node's blocks are safe with is its ledger,
/// which is in that directory, and one machine may run several weftd.
/// </summary>
internal static class MachineId
{
    /// <summary>File name within the state directory.</summary>
    public const string FileName = "machine.id";

    private const int Digits = 32;

    /// <summary>Reads it, or makes it at the first start; durable on return.</summary>
    /// <exception cref="IOException">The file cannot be read or written, or holds something else.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public static string ReadOrMake(string stateDirectory)
    {
        string path = Path.Combine(stateDirectory, FileName);
        if (File.Exists(path))
        {
            string read = File.ReadAllText(path).Trim();
            return read.Length == Digits && read.All(char.IsAsciiHexDigitLower)
                ? read
                : throw new IOException($"{path} does not hold {Digits} hexadecimal digits, by which other nodes know this one; restore it. Removed, this becomes another node, and its containers need new addresses");
        }
        string made = RandomNumberGenerator.GetHexString(Digits, lowercase: true);
        string next = path + ".new";
        using (FileStream file = new(next, FileMode.Create, FileAccess.Write))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(made + "\n"));
            file.Flush(flushToDisk: true);
        }
        File.Move(next, path, overwrite: true);
        return made;
    }
}
