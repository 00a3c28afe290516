using Weft.CniPlugin.Errors;

namespace Weft.CniPlugin.Configuration;

/// <summary>Reads the network configuration's bytes.</summary>
internal static class StandardInput
{
    /// <summary>Longest configuration in bytes: GC of a node with 8,000 attachments, which libcni lists twice, needs some 2 MB.</summary>
    public const int MaximumLength = 8 << 20;

    /// <summary>Reads to the end.</summary>
    /// <exception cref="CniException">Code 5: it cannot be read. Code 6: it is longer than <see cref="MaximumLength"/>.</exception>
    public static ReadOnlyMemory<byte> ReadAll(Stream stream)
    {
        byte[] buffer = new byte[8192];
        int length = 0;
        try
        {
            while (true)
            {
                int got = stream.Read(buffer, length, buffer.Length - length);
                if (got == 0)
                {
                    return buffer.AsMemory(0, length);
                }
                length += got;
                if (length > MaximumLength)
                {
                    throw new CniException(CniErrorCode.Undecodable,
                        $"the network configuration on stdin is longer than {MaximumLength} bytes", "send a smaller configuration");
                }
                if (length == buffer.Length)
                {
                    Array.Resize(ref buffer, Math.Min(buffer.Length * 4, MaximumLength + 1));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new CniException(CniErrorCode.InputOutput, $"cannot read the network configuration from stdin: {e.Message}");
        }
    }
}
