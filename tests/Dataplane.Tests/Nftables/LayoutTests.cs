using System.Text.RegularExpressions;
using Weft.Dataplane.Nftables;

namespace Weft.Dataplane.Tests.Nftables;

public partial class LayoutTests
{
    [SkippableFact]
    public void What_we_print_and_what_we_send_are_the_same_to_nft()
    {
        using NftLab sent = NftLab.Open();
        using NftLab typed = NftLab.Open();
        foreach (NftRuleset wanted in new[] { Layout.Inet(), Layout.Bridge() })
        {
            sent.Reconcile(wanted);
            typed.Script(wanted.ToString());
        }
        Assert.Equal(WithoutHashes(typed), WithoutHashes(sent));
    }

    [SkippableFact]
    public void Expressions_read_back_are_the_bytes_that_were_written()
    {
        using NftLab lab = NftLab.Open();
        foreach (NftRuleset wanted in new[] { Layout.Inet(), Layout.Bridge() })
        {
            lab.Reconcile(wanted);
            foreach (IGrouping<string, NftRuleInfo> chain in lab.Socket.Rules(wanted.Table).GroupBy(static rule => rule.Chain))
            {
                foreach ((NftRuleInfo found, NftRule rule) in chain.Zip(wanted.RulesOf(chain.Key)))
                {
                    if (rule.Statements.All(static statement => statement.Anonymous is null))
                    {
                        Assert.Equal(rule.ToString() + "\n" + Hex(rule.Encode(wanted.Table.Family)), rule + "\n" + Hex(found.Expressions.Span));
                    }
                }
            }
        }
    }

    [SkippableFact]
    public void Nothing_differs_after_the_layout_is_committed()
    {
        using NftLab lab = NftLab.Open();
        foreach (NftRuleset wanted in new[] { Layout.Inet(), Layout.Bridge() })
        {
            Assert.False(lab.Reconcile(wanted).IsEmpty);
            NftTransaction again = NftDiff.Compute(wanted, lab.Socket.Read(wanted.Table));
            Assert.Equal("", again.ToString());
            Assert.True(again.IsEmpty);
        }
    }

    private static string Hex(ReadOnlySpan<byte> bytes) =>
        string.Join('\n', Convert.ToHexStringLower(bytes).Chunk(8).Select(static word => new string(word)));

    /// <summary>`nft list ruleset`, where our comments end with a hash and those of the typed ruleset do not.</summary>
    internal static string[] WithoutHashes(NftLab lab) =>
        [.. lab.Lines("list", "ruleset").Select(static line => Hash().Replace(line, ""))];

    [GeneratedRegex(@" comment "".*""$")]
    private static partial Regex Hash();
}
