using System.Text;

namespace Weft.SystemTests.Packets;

/// <summary>A frame that a container has no business to send.</summary>
/// <param name="What">For messages.</param>
/// <param name="Frame">The whole frame; it holds <see cref="Marker"/>.</param>
internal sealed record Probe(string What, byte[] Frame, byte[] Marker)
{
    private static int _count;

    /// <summary>Makes a probe whose payload cannot be mistaken for another's.</summary>
    public static Probe Of(string what, Func<byte[], byte[]> build)
    {
        byte[] marker = Encoding.ASCII.GetBytes($"<weft probe {Interlocked.Increment(ref _count):d8}>");
        return new Probe(what, build(marker), marker);
    }

    public override string ToString() => What;
}
