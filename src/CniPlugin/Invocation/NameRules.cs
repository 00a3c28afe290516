using System.Text;

namespace Weft.CniPlugin.Invocation;

/// <summary>Which names are acceptable: the rules of libcni's pkg/utils and of the kernel's dev_valid_name.</summary>
internal static class NameRules
{
    private const int LongestInterfaceName = 15;   // bytes: IFNAMSIZ less the final zero

    /// <summary>A letter or digit, then letters, digits, "_", "." and "-": what container IDs and network names are made of.</summary>
    public static bool IsIdentifier(string text)
    {
        if (text.Length == 0 || !char.IsAsciiLetterOrDigit(text[0]))
        {
            return false;
        }
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '.' or '-'))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Why a name cannot be an interface's, as the end of a sentence that begins with the name; null when it can.</summary>
    public static string? WhyNotInterface(string name)
    {
        int bytes = Encoding.UTF8.GetByteCount(name);
        if (bytes > LongestInterfaceName)
        {
            return $"is {bytes} bytes long, and an interface name has at most {LongestInterfaceName}";
        }
        // The kernel keeps "all" and "default" for the settings of all interfaces.
        if (name is "." or ".." or "all" or "default")
        {
            return "is not a name that a container's interface may have";
        }
        foreach (char c in name)
        {
            if (c is '/' or ':' || char.IsWhiteSpace(c) || char.IsControl(c))
            {
                return "has a '/', ':', white space or control character, which no interface name may have";
            }
            // dev_alloc_name would take it for a pattern such as eth%d and choose another name.
            if (c == '%')
            {
                return "has a '%', which the kernel would take for a pattern";
            }
        }
        return null;
    }
}
