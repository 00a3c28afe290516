using System.Text.Json;

namespace Weft.CniPlugin.Configuration;

/// <summary>
/// Reads JSON as Go's encoding/json does, because runtimes rely on it: keys are matched without case (containerd sends
/// "HostPort", Podman "hostPort"), the last of several equal keys counts, and null means absent.
/// </summary>
internal static class JsonKeys
{
    /// <summary>The value of a key; null when <paramref name="parent"/> is no object, the key is absent, or its value is null.</summary>
    /// <remarks>A null behind another value of the same key takes a list away, and leaves anything else, as in Go.</remarks>
    public static JsonElement? Find(JsonElement? parent, string key)
    {
        JsonElement? found = null;
        if (parent is not { ValueKind: JsonValueKind.Object } o)
        {
            return null;
        }
        foreach (JsonProperty property in o.EnumerateObject())
        {
            if (property.Name.Equals(key, StringComparison.OrdinalIgnoreCase)
                && (property.Value.ValueKind != JsonValueKind.Null || found is { ValueKind: JsonValueKind.Array }))
            {
                found = property.Value.ValueKind == JsonValueKind.Null ? null : property.Value;
            }
        }
        return found;
    }

    /// <summary>As <see cref="Find"/>, for the one place where null and absent differ: true when the key is there, whatever its value.</summary>
    public static bool TryFind(JsonElement? parent, string key, out JsonElement value)
    {
        value = default;
        bool found = false;
        if (parent is not { ValueKind: JsonValueKind.Object } o)
        {
            return false;
        }
        foreach (JsonProperty property in o.EnumerateObject())
        {
            if (property.Name.Equals(key, StringComparison.OrdinalIgnoreCase))
            {
                value = property.Value;
                found = true;
            }
        }
        return found;
    }

    /// <summary>The text of a key; null when it is absent, null, or no string.</summary>
    public static string? FindText(JsonElement? parent, string key) =>
        Find(parent, key) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>The elements of a key's list; none when it is absent, null, or no list.</summary>
    public static IEnumerable<JsonElement> FindList(JsonElement? parent, string key)
    {
        if (Find(parent, key) is { ValueKind: JsonValueKind.Array } list)
        {
            foreach (JsonElement element in list.EnumerateArray())
            {
                yield return element;
            }
        }
    }

    /// <summary>A value as it was written, cut to a length that fits an error message.</summary>
    public static string Shown(JsonElement value)
    {
        const int longest = 200;
        string text = value.GetRawText();
        return text.Length <= longest ? text : string.Concat(text.AsSpan(0, longest), "...");
    }
}
