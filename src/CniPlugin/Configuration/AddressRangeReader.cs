using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Google.Protobuf;
using Weft.CniPlugin.Errors;
using Weft.CniPlugin.Results;
using Weft.Contracts.Cni;

namespace Weft.CniPlugin.Configuration;

/// <summary>Reads ranges as host-local takes them: a list of lists, where a container gets an address from one range of each list.</summary>
internal static class AddressRangeReader
{
    /// <summary>Appends the lists of <paramref name="key"/> to <paramref name="ranges"/>, numbered after those that are there.</summary>
    public static void ReadLists(JsonElement? parent, string path, string key, List<AddressRange> ranges, ProblemList problems)
    {
        string where = path + key;
        foreach (JsonElement list in new JsonValues(parent, path, problems).List(key))
        {
            if (list.ValueKind != JsonValueKind.Array)
            {
                problems.Add(CniErrorCode.InvalidConfiguration, $"\"{where}\" must be a list of lists of ranges, and has {JsonKeys.Shown(list)}");
                continue;
            }
            uint number = NextList(ranges);
            int first = ranges.Count;
            foreach (JsonElement element in list.EnumerateArray())
            {
                if (element.ValueKind != JsonValueKind.Object)
                {
                    problems.Add(CniErrorCode.InvalidConfiguration, $"\"{where}\" has {JsonKeys.Shown(element)}, which is no {{\"subnet\": ADDRESS/LENGTH}}");
                }
                else if (ReadOne(element, where + ".", number, problems) is AddressRange range)
                {
                    ranges.Add(range);
                    if (range.Subnet.Ip.Length != ranges[first].Subnet.Ip.Length)
                    {
                        problems.Add(CniErrorCode.InvalidConfiguration, $"\"{where}\" has IPv4 and IPv6 in one list ({JsonKeys.Shown(list)}): give each family its own list");
                    }
                }
            }
        }
    }

    /// <summary>Reads one range; null when it is wrong, and <paramref name="problems"/> says why.</summary>
    public static AddressRange? ReadOne(JsonElement element, string path, uint list, ProblemList problems)
    {
        var values = new JsonValues(element, path, problems);
        int before = problems.Count;
        string text = values.Text("subnet") ?? "";
        if (!IPNetworkText.TryParse(text, out IPAddress? address, out int length))
        {
            problems.Add(CniErrorCode.InvalidConfiguration, $"\"{path}subnet\": \"{text}\" is no ADDRESS/LENGTH");
            return null;
        }
        int bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        IPAddress start = Masked(address, length);
        if (!start.Equals(address))
        {
            problems.Add(CniErrorCode.InvalidConfiguration, $"\"{path}subnet\": {text} has bits beyond its length; write {start}/{length}");
            return null;
        }
        if (length > bits - 2)
        {
            problems.Add(CniErrorCode.InvalidConfiguration, $"\"{path}subnet\": {text} is too small; a /{bits - 2} is the smallest");
            return null;
        }
        var subnet = new IPNetwork(start, length);
        var range = new AddressRange
        {
            List = list,
            Subnet = new Prefix { Ip = ByteString.CopyFrom(start.GetAddressBytes()), Length = (uint)length },
            Start = Within("rangeStart"),
            End = Within("rangeEnd"),
            Gateway = Within("gateway"),
        };
        if (!range.Start.IsEmpty && !range.End.IsEmpty && range.Start.Span.SequenceCompareTo(range.End.Span) > 0)
        {
            problems.Add(CniErrorCode.InvalidConfiguration, $"\"{path}rangeStart\" is behind \"{path}rangeEnd\" in {JsonKeys.Shown(element)}");
        }
        return problems.Count > before ? null : range;

        ByteString Within(string key)
        {
            if (values.Text(key) is not { Length: > 0 } inside)
            {
                return ByteString.Empty;
            }
            if (AddressText.Parse(inside) is IPAddress parsed && subnet.Contains(parsed))
            {
                return ByteString.CopyFrom(parsed.GetAddressBytes());
            }
            problems.Add(CniErrorCode.InvalidConfiguration, $"\"{path}{key}\": \"{inside}\" is no address of {text}");
            return ByteString.Empty;
        }
    }

    /// <summary>An address with the bits beyond a prefix cleared.</summary>
    public static IPAddress Masked(IPAddress address, int length)
    {
        byte[] bytes = address.GetAddressBytes();
        for (int i = 0; i < bytes.Length; i++)
        {
            int kept = Math.Clamp(length - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xff00 >> kept);
        }
        return new IPAddress(bytes);
    }

    private static uint NextList(List<AddressRange> ranges) => ranges.Count == 0 ? 0 : ranges[^1].List + 1;
}
