using System.Globalization;

namespace Weft.Manifests.Yaml;

/// <summary>
/// Takes the fields out of one object. Whatever is wrong goes to the problem list and the value counts as absent, so that the
/// caller goes on to the next field. Fields never asked for are unknown: see <see cref="RejectUnknown"/>.
/// </summary>
public sealed class FieldReader(string source, YamlMap map, string path, ProblemList problems)
{
    private readonly List<string> _known = [];

    public string Source => source;

    /// <summary>Line that the object begins at.</summary>
    public int Line => map.Line;

    public bool Has(string key) => Find(key) is not null;

    /// <summary>Line of a field, or of the object when the field is absent.</summary>
    public int LineOf(string key) => map.Find(key)?.Line ?? map.Line;

    /// <summary>Path of a field; of the object itself for an empty key.</summary>
    public string PathOf(string key) => path.Length == 0 ? key : key.Length == 0 ? path : $"{path}.{key}";

    /// <summary>Adds a problem about a field.</summary>
    public void Refuse(string key, string text) => problems.Add(source, LineOf(key), PathOf(key), text);

    /// <summary>A text, or null when it is absent or of another type.</summary>
    public string? Text(string key, bool required = false)
    {
        switch (Value(key, required))
        {
            case null:
                return null;
            case YamlScalar { IsNumber: false, IsBoolean: false } scalar:
                return scalar.Text;
            case YamlScalar scalar:
                Refuse(key, $"{scalar.Text} is {scalar.Noun}, not a text; put it in quotes");
                return null;
            case var other:
                Refuse(key, $"must be a text, not {other.Noun}");
                return null;
        }
    }

    /// <summary>A whole number of <paramref name="minimum"/> to <paramref name="maximum"/>, or null.</summary>
    public uint? Number(string key, uint minimum, uint maximum, string meaning)
    {
        YamlNode? value = Value(key, required: false);
        if (value is null)
        {
            return null;
        }
        if (value is not YamlScalar { IsNumber: true } scalar)
        {
            Refuse(key, value is YamlScalar { IsPlain: false } quoted && CoreNumber.Matches(quoted.Text)
                ? $"{Quoted.Text(quoted.Text)} is a text; write the number without quotes"
                : $"must be a whole number, not {value.Noun}{(value is YamlScalar text ? $" ({Quoted.Text(text.Text)})" : "")}");
            return null;
        }
        if (!uint.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) || number < minimum || number > maximum)
        {
            Refuse(key, $"{Quoted.Bare(scalar.Text)} is not {meaning}");
            return null;
        }
        return number;
    }

    /// <summary><c>true</c> or <c>false</c>, or null.</summary>
    public bool? Flag(string key)
    {
        YamlNode? value = Value(key, required: false);
        if (value is null or YamlScalar { IsBoolean: true })
        {
            return value is YamlScalar scalar ? scalar.Text[0] is 't' or 'T' : null;
        }
        Refuse(key, value is YamlScalar other ? $"{Quoted.Text(other.Text)} is not true or false" : $"must be true or false, not {value.Noun}");
        return null;
    }

    /// <summary>A nested object, or null.</summary>
    public FieldReader? Object(string key, bool required = false)
    {
        switch (Value(key, required))
        {
            case null:
                return null;
            case YamlMap inner:
                return new FieldReader(source, inner, PathOf(key), problems);
            case var other:
                Refuse(key, $"must be an object, not {other.Noun}");
                return null;
        }
    }

    /// <summary>A list's items, or null.</summary>
    public YamlList? List(string key, bool required = false)
    {
        switch (Value(key, required))
        {
            case null:
                return null;
            case YamlList list:
                return list;
            case var other:
                Refuse(key, $"must be a list, not {other.Noun}");
                return null;
        }
    }

    /// <summary>Any value, as it is.</summary>
    public YamlNode? Any(string key) => Value(key, required: false);

    /// <summary>A reader for one value of a list or a map below this object, or null when that is no object.</summary>
    public FieldReader? At(string place, YamlNode node)
    {
        if (node is YamlMap inner)
        {
            return new FieldReader(source, inner, PathOf(place), problems);
        }
        problems.Add(source, node.Line, PathOf(place), $"must be an object, not {node.Noun}");
        return null;
    }

    /// <summary>Adds a problem about a value below this object, with the line that it is written in.</summary>
    public void RefuseAt(YamlNode node, string place, string text) => problems.Add(source, node.Line, PathOf(place), text);

    /// <summary>The keys that are written, in their order.</summary>
    public IEnumerable<string> Keys => map.Entries.Select(entry => entry.Key);

    /// <summary>Accepts a field without looking at it.</summary>
    public void Ignore(string key) => _known.Add(key);

    /// <summary>Refuses every field that nobody asked for. Call it last.</summary>
    public void RejectUnknown()
    {
        foreach (YamlEntry entry in map.Entries)
        {
            if (!_known.Contains(entry.Key))
            {
                string? meant = _known.Find(known => string.Equals(known, entry.Key, StringComparison.OrdinalIgnoreCase));
                problems.Add(source, entry.Line, path, meant is null
                    ? $"unknown field {Quoted.Text(entry.Key)}; known are {string.Join(", ", _known.Order(StringComparer.Ordinal))}"
                    : $"unknown field {Quoted.Text(entry.Key)}; write {meant}");
            }
        }
    }

    private YamlNode? Value(string key, bool required)
    {
        YamlNode? value = Find(key)?.Value;
        if (value is YamlScalar { IsNull: true })
        {
            value = null;
        }
        if (value is null && required)
        {
            Refuse(key, "is required");
        }
        return value;
    }

    private YamlEntry? Find(string key)
    {
        if (!_known.Contains(key))
        {
            _known.Add(key);
        }
        return map.Find(key);
    }
}
