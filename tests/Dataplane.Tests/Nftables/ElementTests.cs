using System.Net;
using CsCheck;
using Weft.Dataplane.Nftables;

namespace Weft.Dataplane.Tests.Nftables;

public class ElementTests
{
    private static readonly NftTable Table = new(NftFamily.Inet, "weft");

    [SkippableFact]
    public void Ten_thousand_elements_come_back_as_they_went_and_then_nothing_differs()
    {
        using NftLab lab = NftLab.Open();
        NftElement[] elements = [.. Enumerable.Range(0, 10_000).Select(static n => Layout.Source(n))];
        var wanted = new NftRuleset(Table);
        wanted.Add(Layout.Sources, elements);
        lab.Reconcile(wanted);
        Assert.Equal(elements.Length, lab.Socket.Elements(Table, Layout.Sources).Count);
        Assert.True(NftDiff.Compute(wanted, lab.Socket.Read(Table)).IsEmpty);

        var fewer = new NftRuleset(Table);
        fewer.Add(Layout.Sources, elements[1..].Append(Layout.Source(20_000)));
        Assert.Equal(
            $"delete element inet weft sources {{ {elements[0].Format(Layout.Sources)} }}\n" +
            $"add element inet weft sources {{ {Layout.Source(20_000).Format(Layout.Sources)} }}\n",
            lab.Reconcile(fewer).ToString());
        Assert.True(NftDiff.Compute(fewer, lab.Socket.Read(Table)).IsEmpty);
    }

    [SkippableFact]
    public void Elements_of_every_kind_come_back_as_they_went()
    {
        using NftLab lab = NftLab.Open();
        NftValue a = Layout.Ip("192.0.2.1");
        NftValue b = Layout.Ip("192.0.2.9");
        Check(lab, new NftSet("plain", NftDataType.Ipv6Address), new NftElement(Layout.Ip("fd00::1")) { Comment = "one" }, Layout.Ip("::"));
        Check(lab, new NftSet("ports", NftDataType.InetService), NftValue.Port(80), NftValue.Port(443));
        Check(lab, new NftSet("names", NftDataType.InterfaceName), NftValue.Interface("eth0"), NftValue.Interface("fifteen-letters"));
        Check(lab, new NftSet("timed", NftDataType.Ipv4Address) { Flags = NftSetFlags.Timeout, Timeout = TimeSpan.FromHours(1) },
            a, new NftElement(b) { Timeout = TimeSpan.FromHours(2) });
        Check(lab, new NftSet("counted", NftDataType.Ipv4Address) { Counters = true }, a, b);
        Check(lab, new NftSet("data", NftDataType.Ipv4Address) { Data = NftDataType.Mark }, NftElement.Map(a, NftValue.Mark(0x57)));
        Check(lab, new NftSet("verdicts", NftDataType.Ipv4Address) { Data = NftDataType.Verdict },
            NftElement.Map(a, Verdict.Jump("target")), NftElement.Map(b, Verdict.Drop));
        Check(lab, new NftSet("interval_map", NftDataType.Ipv4Address) { Data = NftDataType.Mark, Flags = NftSetFlags.Interval },
            NftElement.Prefix(IPNetwork.Parse("10.0.0.0/8")) with { Data = NftValue.Mark(1) },
            NftElement.Prefix(IPNetwork.Parse("11.0.0.0/8")) with { Data = NftValue.Mark(2) });
        var concatenation = new NftSet("ranges", NftType.Of(NftDataType.Ipv4Address, NftDataType.InetProtocol, NftDataType.InetService))
        {
            Flags = NftSetFlags.Interval,
        };
        Check(lab, concatenation,
            NftElement.Range(
                NftValue.Concat(Layout.Ip("10.0.0.0"), NftValue.Protocol(6), NftValue.Port(8000)),
                NftValue.Concat(Layout.Ip("10.0.255.255"), NftValue.Protocol(6), NftValue.Port(8080))),
            NftValue.Concat(Layout.Ip("10.9.0.1"), NftValue.Protocol(17), NftValue.Port(53)));
        string[] lines = lab.Lines("list", "set", "inet", "weft", "ranges");
        Assert.Contains("elements = { 10.0.0.0/16 . tcp . 8000-8080,", lines);
        Assert.Contains("10.9.0.1 . udp . 53 }", lines);
    }

    [SkippableFact]
    public void Any_merged_ranges_come_back_as_they_went()
    {
        using NftLab lab = NftLab.Open();
        foreach (int length in new[] { 4, 16 })
        {
            var set = new NftSet($"any{length}", length == 4 ? NftDataType.Ipv4Address : NftDataType.Ipv6Address) { Flags = NftSetFlags.Interval };
            lab.Commit(tx =>
            {
                tx.In(Table).Ensure();
                tx.In(Table).Ensure(set);
            });
            Ranges(length).Sample(
                ranges =>
                {
                    List<NftElement> merged = IntervalSet.Merge(ranges);
                    var wanted = new NftRuleset(Table);
                    lab.Commit(tx =>
                    {
                        tx.In(Table).Flush(set);
                        tx.In(Table).AddElements(set, merged);
                    });
                    Assert.Equal(merged, lab.Socket.Elements(Table, set));
                },
                iter: 100, threads: 1);
        }
    }

    [Fact]
    public void Merging_keeps_every_value_and_leaves_no_ranges_that_touch()
    {
        Ranges(2).Sample(ranges =>
        {
            List<NftElement> merged = IntervalSet.Merge(ranges);
            bool[] before = Covered(ranges);
            Assert.Equal(before, Covered(merged));
            for (int i = 1; i < merged.Count; i++)
            {
                Assert.True(Number(merged[i].Key) > Number(merged[i - 1].Last) + 1);
            }
        });
    }

    private static void Check(NftLab lab, NftSet set, params NftElement[] elements)
    {
        lab.Commit(tx =>
        {
            NftTableChanges table = tx.In(Table);
            table.Ensure();
            table.Ensure(new NftChain("target"));
            table.Ensure(set);
            table.AddElements(set, elements);
        });
        Assert.Equal(set, lab.Socket.Sets(Table).Find(found => found.Name == set.Name)!.Set);
        Assert.Equal(
            elements.Select(element => element.Format(set)).Order(StringComparer.Ordinal),
            lab.Socket.Elements(Table, set).Select(element => element.Format(set)).Order(StringComparer.Ordinal));
        string listed = string.Join('\n', lab.Lines("list", set.Kind, "inet", "weft", set.Name));
        Assert.Contains($"type {set.Key}", listed, StringComparison.Ordinal);
    }

    private static Gen<NftElement[]> Ranges(int length) =>
        (from first in Edge(length) from last in Edge(length) select (first, last))
        .Select(static pair => NftElement.Range(
            pair.first <= pair.last ? pair.first : pair.last, pair.first <= pair.last ? pair.last : pair.first))
        .Array[0, 20];

    /// <summary>Values that are often near each other, or at an end.</summary>
    private static Gen<NftValue> Edge(int length) => Gen.OneOf(
        Gen.Byte.Array[length].Select(static bytes => NftValue.Raw(bytes)),
        Gen.Byte.Select(low => NftValue.Raw([.. new byte[length - 1], low])),
        Gen.Byte.Select(low => NftValue.Raw([.. Enumerable.Repeat((byte)0xff, length - 1), low])));

    private static int Number(NftValue value) => (value.Bytes[0] << 8) | value.Bytes[1];

    private static bool[] Covered(IEnumerable<NftElement> ranges)
    {
        bool[] covered = new bool[65536];
        foreach (NftElement range in ranges)
        {
            Array.Fill(covered, true, Number(range.Key), Number(range.Last) - Number(range.Key) + 1);
        }
        return covered;
    }
}
