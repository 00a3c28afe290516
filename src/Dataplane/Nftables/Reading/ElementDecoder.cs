using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Reading;

/// <summary>
/// Collects the elements of a set. In a plain interval set the kernel hands out first values and the values behind the last ones, in
/// no order to rely on; they are paired at the end.
/// </summary>
internal sealed class ElementDecoder(NftSet set)
{
    private readonly List<NftElement> _elements = [];
    private readonly List<NftValue> _ends = [];

    private bool IsPlainInterval => set.IsInterval && !set.Key.IsConcatenation;

    public void Clear()
    {
        _elements.Clear();
        _ends.Clear();
    }

    /// <summary>Takes the elements of a message; always null.</summary>
    public object? Decode(in NetlinkMessage message)
    {
        if (!NftDecoder.Is(message, NftMessage.NewElement))
        {
            return null;
        }
        AttributeReader reader = message.Attributes(NfGenHeader.Size);
        while (reader.TryRead(out NetlinkAttribute attribute))
        {
            if (attribute.Type != ElementListAttribute.Elements)
            {
                continue;
            }
            AttributeReader items = attribute.Nested;
            while (items.TryRead(out NetlinkAttribute item))
            {
                Element(item.Nested);
            }
        }
        return null;
    }

    /// <summary>All elements; ranges ascend.</summary>
    public List<NftElement> Finish()
    {
        if (!IsPlainInterval)
        {
            return _elements;
        }
        _elements.Sort(static (left, right) => left.Key.CompareTo(right.Key));
        _ends.Sort();
        int next = 0;
        for (int i = 0; i < _elements.Count; i++)
        {
            NftElement element = _elements[i];
            while (next < _ends.Count && _ends[next] <= element.Key)
            {
                next++;
            }
            NftValue last = next < _ends.Count ? _ends[next].Previous() : NftValue.Raw(AllOnes(element.Key.Length));
            _elements[i] = element with { End = last == element.Key ? default : last };
        }
        return _elements;
    }

    private static byte[] AllOnes(int length)
    {
        byte[] bytes = new byte[length];
        Array.Fill(bytes, (byte)0xff);
        return bytes;
    }

    private void Element(AttributeReader reader)
    {
        var element = default(NftElement);
        uint flags = 0;
        while (reader.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case ElementAttribute.Key:
                    element = element with { Key = Value(attribute.Nested, out _) };
                    break;
                case ElementAttribute.KeyEnd:
                    element = element with { End = Value(attribute.Nested, out _) };
                    break;
                case ElementAttribute.Data:
                    NftValue data = Value(attribute.Nested, out NftVerdict? verdict);
                    element = element with { Data = data, Verdict = verdict };
                    break;
                case ElementAttribute.Flags:
                    flags = attribute.UInt32BigEndian;
                    break;
                case ElementAttribute.Timeout:
                    double milliseconds = Math.Min(attribute.UInt64BigEndian, TimeSpan.MaxValue.TotalMilliseconds / 2);
                    element = element with { Timeout = TimeSpan.FromMilliseconds(milliseconds) };
                    break;
                case ElementAttribute.UserData:
                    element = element with { Comment = UserData.Comment(attribute.Value) };
                    break;
            }
        }
        if (element.Key.IsNone)
        {
            return;     // a catch-all element (flag 0x2), which has no key: never ours
        }
        if (element.Key.Length != set.Key.Length || (!element.End.IsNone && element.End.Length != set.Key.Length))
        {
            throw new MalformedNetlinkException($"an element of {set.Name} has a key of {element.Key.Length} bytes where {set.Key} belongs");
        }
        if (IsPlainInterval && (flags & NftConstant.ElementIntervalEnd) != 0)
        {
            _ends.Add(element.Key);
            return;
        }
        if (element.End == element.Key)
        {
            element = element with { End = default };
        }
        if (element.Timeout == set.Timeout)
        {
            element = element with { Timeout = default };   // the set's own, which every element has
        }
        _elements.Add(element);
    }

    private static NftValue Value(AttributeReader reader, out NftVerdict? verdict)
    {
        NftValue value = default;
        verdict = null;
        while (reader.TryRead(out NetlinkAttribute attribute))
        {
            if (attribute.Type == DataAttribute.Value)
            {
                value = NftValue.Raw(attribute.Value);
            }
            else if (attribute.Type == DataAttribute.Verdict)
            {
                verdict = Verdict(attribute.Nested);
            }
        }
        return value;
    }

    private static NftVerdict Verdict(AttributeReader reader)
    {
        int code = 0;
        string? chain = null;
        while (reader.TryRead(out NetlinkAttribute attribute))
        {
            if (attribute.Type == VerdictAttribute.Code)
            {
                code = unchecked((int)attribute.UInt32BigEndian);
            }
            else if (attribute.Type == VerdictAttribute.Chain)
            {
                chain = attribute.String;
            }
        }
        return new NftVerdict(code, chain);
    }
}
