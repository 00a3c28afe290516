using System.Globalization;
using Weft.Policy.Model;

namespace Weft.Policy.Objects;

/// <summary>
/// <c>ingress.weft.dev/rule-0-network-sets: team=a</c>: the NetworkSets with such labels are peers of that rule too. An annotation, because
/// upstream's peers have no field for it; who does not know it reads a policy that allows less.
/// </summary>
public static class NetworkSetAnnotation
{
    private const string Middle = ".weft.dev/rule-";
    private const string End = "-network-sets";

    /// <summary>The key for a rule.</summary>
    public static string Key(Direction direction, int rule) =>
        string.Create(CultureInfo.InvariantCulture, $"{(direction == Direction.Ingress ? "ingress" : "egress")}{Middle}{rule}{End}");

    /// <summary>Reads a key; false when it is another annotation.</summary>
    public static bool TryRead(string key, out Direction direction, out int rule)
    {
        direction = key.StartsWith("egress", StringComparison.Ordinal) ? Direction.Egress : Direction.Ingress;
        int start = (direction == Direction.Egress ? 6 : 7) + Middle.Length;
        rule = 0;
        return key.Length > start + End.Length
            && int.TryParse(key.AsSpan(start, key.Length - start - End.Length), NumberStyles.None, CultureInfo.InvariantCulture, out rule)
            && key == Key(direction, rule);
    }
}
