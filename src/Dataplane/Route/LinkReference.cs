namespace Weft.Dataplane.Route;

/// <summary>
/// Names a link: by its index, or by its name, which also works for a link that an earlier message of the same batch creates.
/// An int or a string becomes one by itself. <c>default</c> names nothing and is refused by the kernel.
/// </summary>
public readonly struct LinkReference
{
    private LinkReference(int index, string? name) => (Index, Name) = (index, name);

    /// <summary>The interface index, positive; 0 when the link is meant by name.</summary>
    public int Index { get; }

    /// <summary>The name, or null when the link is meant by index.</summary>
    public string? Name { get; }

    /// <summary>The link with that index.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive.</exception>
    public static LinkReference FromIndex(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(index);
        return new LinkReference(index, null);
    }

    /// <summary>The link with that name.</summary>
    /// <exception cref="ArgumentException">It is empty.</exception>
    public static LinkReference FromName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new LinkReference(0, name);
    }

    /// <summary>The link with that index.</summary>
    public static implicit operator LinkReference(int index) => FromIndex(index);

    /// <summary>The link with that name.</summary>
    public static implicit operator LinkReference(string name) => FromName(name);

    /// <summary>The name, or "if7": ip(8) understands both.</summary>
    public override string ToString() => Name ?? $"if{Index}";
}
