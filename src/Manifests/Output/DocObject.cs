using System.Collections;

namespace Weft.Manifests.Output;

/// <summary>Fields in the order that they are printed in.</summary>
public sealed record DocObject : DocValue, IEnumerable<KeyValuePair<string, DocValue>>
{
    private readonly List<KeyValuePair<string, DocValue>> _fields = [];

    public void Add(string name, DocValue value) => _fields.Add(new(name, value));

    public IEnumerator<KeyValuePair<string, DocValue>> GetEnumerator() => _fields.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
