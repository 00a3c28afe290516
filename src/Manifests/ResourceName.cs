namespace Weft.Manifests;

/// <summary>The rules for names of objects (RFC 1123 section 2.1, as Kubernetes reads it: lower case only).</summary>
public static class ResourceName
{
    /// <summary>One label: 1 to 63 lower-case letters, digits and "-", beginning and ending with a letter or digit.</summary>
    public static bool IsLabel(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > 63 || text[0] == '-' || text[^1] == '-')
        {
            return false;
        }
        foreach (char c in text)
        {
            if (c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '-'))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>A host name: labels with "." between, 253 characters at most.</summary>
    public static bool IsHostName(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > 253)
        {
            return false;
        }
        foreach (Range label in text.Split('.'))
        {
            if (!IsLabel(text[label]))
            {
                return false;
            }
        }
        return true;
    }
}
