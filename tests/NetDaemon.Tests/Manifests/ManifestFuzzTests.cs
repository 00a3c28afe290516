using CsCheck;
using Weft.Contracts.V1;
using Weft.NetDaemon.Configuration;
using Weft.NetDaemon.Manifests;
using Weft.Manifests.Yaml;

namespace Weft.NetDaemon.Tests.Manifests;

/// <summary>Property: no text makes the readers throw anything but their own exception.</summary>
public sealed class ManifestFuzzTests
{
    private static readonly string[] Seeds =
    [
        "apiVersion: weft.dev/v1\nkind: Network\nmetadata:\n  name: blue\nspec: {vni: 7, mtu: 1400, masquerade: false}\n",
        "apiVersion: weft.dev/v1\nkind: Pool\nmetadata: {name: p}\nspec:\n  network: blue\n  cidr: fd00::/56\n  blockSize: 122\n---\n",
        "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{\"kind\":\"Pool\",\"spec\":{\"cidr\":\"10.0.0.0/8\"}}]}",
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: n}\nspec: {podSelector: {matchLabels: {a: b}}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 80, endPort: 90}]}]}\n",
        "node: a\ndefaultNetwork: {ipv4: none, ipv6: auto}\naddressCoolDown: 60s\nmtu: 1500\nlogLevel: info\n",
        "%YAML 1.2\n%TAG ! tag:x,2000:\n--- !a &b\n? x\n: |2-\n  y\n...\n",
    ];

    private static readonly string[] Splinters =
    [
        "&a", "*a", "!t", "!!int", "<<: *a", "? ", ": ", "- ", "---\n", "...\n", "|", ">", "|9", "\"\\x", "\"\\U0011FFFF\"", "'", "\t", "\0", "\u0085",
        "\u2028", "\ufeff", "\ud800", "[", "]", "{", "}", ",", "#", "%YAML 9.9\n", "%TAG ! !\n", "~", "null", "0x", "1e999", "-0", "::/0", "/", "\r", "\n",
    ];

    // A seed with some splinters put in and some pieces taken out.
    private static readonly Gen<string> Mutated =
        from seed in OneOf(Seeds)
        from edits in Gen.Select(Gen.Int[0, 200], Gen.Int[0, 8], OneOf(Splinters)).Array[0, 6]
        select edits.Aggregate(seed, (text, edit) =>
        {
            int at = Math.Min(edit.Item1, text.Length);
            return string.Concat(text.AsSpan(0, at), edit.Item3, text.AsSpan(at + Math.Min(edit.Item2, text.Length - at)));
        });

    private static readonly Gen<string> Shrapnel =
        from pieces in Gen.OneOf(OneOf(Splinters), Gen.String[0, 5]).Array[0, 30]
        select string.Concat(pieces);

    [Fact]
    public void Manifests_never_throw_anything_but_ManifestException() =>
        Gen.OneOf(Mutated, Shrapnel).Sample(text =>
        {
            try
            {
                Assert.NotEmpty(ManifestParser.Parse([new Manifest { Source = "f", Text = text }]));
            }
            catch (ManifestException e)
            {
                Assert.NotEmpty(e.Problems);
                Assert.All(e.Message.Split('\n'), line => Assert.Matches(@"\A(f:\d+: |and \d+ more)", line));
                Assert.DoesNotContain(e.Message, c => char.IsControl(c) && c != '\n');
            }
        }, iter: 5000);

    [Fact]
    public void Config_files_never_throw() =>
        Gen.OneOf(Mutated, Shrapnel).Sample(text =>
        {
            var problems = new ProblemList();
            DaemonOptions options = ConfigFile.Read("f", text, new DaemonOptions { NodeName = "n" }, problems);
            Assert.True(!problems.IsEmpty || OptionRules.CheckNode(options.NodeName) is null);
        }, iter: 5000);

    private static Gen<string> OneOf(string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);
}
