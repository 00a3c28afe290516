using System.Net.NetworkInformation;
using Weft.Contracts;

namespace Weft.SystemTests.Lab;

/// <summary>What of Weft there is in the machine's own namespaces: tests must not change it.</summary>
internal sealed record Machine(string Links, string Mounts)
{
    public static Machine Look() => new(
        string.Join(' ', NetworkInterface.GetAllNetworkInterfaces().Select(n => n.Name)
            .Where(n => n.StartsWith(WeftPaths.PortPrefix, StringComparison.Ordinal) || n.StartsWith(WeftPaths.BridgePrefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)),
        string.Join('\n', File.ReadLines("/proc/self/mounts").Where(m => m.Contains("weft-test", StringComparison.Ordinal))));

    public void RequireSameAs(Machine before) => Assert.Equal(before, this);
}
