using System.Globalization;
using Weft.CriClient.Runtime;

namespace Weft.CriClient;

/// <summary>A port of the node that leads to one of a pod, written HOST:CONTAINER or HOST:CONTAINER/udp.</summary>
internal readonly record struct PublishedPort(ushort Host, ushort Container, Protocol Protocol)
{
    /// <exception cref="FormatException"><paramref name="text"/> is not such a port.</exception>
    public static PublishedPort Parse(string text)
    {
        string[] parts = text.Split('/');
        string[] numbers = parts[0].Split(':');
        Protocol? protocol = parts.Length == 1 ? Protocol.Tcp : parts[1] switch
        {
            "tcp" => Protocol.Tcp,
            "udp" => Protocol.Udp,
            "sctp" => Protocol.Sctp,
            _ => null,
        };
        return parts.Length <= 2 && protocol is { } known && numbers.Length == 2
            && ushort.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out ushort host)
            && ushort.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out ushort container)
            ? new PublishedPort(host, container, known)
            : throw new FormatException($"--port {text}: not HOST:CONTAINER, HOST:CONTAINER/udp or HOST:CONTAINER/sctp");
    }
}
