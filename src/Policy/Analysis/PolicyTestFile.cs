using Weft.Manifests.Yaml;

namespace Weft.Policy.Analysis;

/// <summary>Assertions about policies, and the manifests that they are about.</summary>
/// <param name="Manifests">Paths as written: files and directories, relative to the test file.</param>
/// <param name="Tests">In the order written.</param>
public sealed record PolicyTestFile(IReadOnlyList<string> Manifests, IReadOnlyList<PolicyTest> Tests)
{
    /// <summary>The kind of the one document of the file.</summary>
    public const string Kind = "PolicyTest";

    /// <exception cref="ManifestException">Anything is wrong; every problem is in it.</exception>
    public static PolicyTestFile Read(string source, string text)
    {
        var problems = new ProblemList();
        IReadOnlyList<YamlNode> documents = YamlReader.Read(source, text, problems);
        List<string> manifests = [];
        List<PolicyTest> tests = [];
        if (documents is [YamlMap map])
        {
            var fields = new FieldReader(source, map, "", problems);
            if (fields.Text("apiVersion", required: true) is { } version and not Objects.PolicyKinds.WeftVersion)
            {
                fields.Refuse("apiVersion", $"{Quoted.Text(version)} is not known; write {Objects.PolicyKinds.WeftVersion}");
            }
            if (fields.Text("kind", required: true) is { } kind and not Kind)
            {
                fields.Refuse("kind", $"{Quoted.Text(kind)} is not known; write {Kind}");
            }
            fields.Ignore("metadata");
            if (fields.Object("spec", required: true) is { } spec)
            {
                manifests.AddRange(Objects.Lists.Texts(spec, "manifests", int.MaxValue));
                Objects.Lists.ForEach(spec, "tests", int.MaxValue, item => ReadTest(item, tests));
                spec.RejectUnknown();
            }
            fields.RejectUnknown();
            if (problems.IsEmpty && tests.Count == 0)
            {
                problems.Add(source, map.Line, "spec.tests", "has no test; a run that checks nothing would always pass");
            }
        }
        else if (problems.IsEmpty)
        {
            problems.Add(source, 1, "", $"must be one document: an object of kind {Kind}");
        }
        return problems.IsEmpty ? new PolicyTestFile(manifests, tests) : throw new ManifestException(problems);
    }

    private static void ReadTest(FieldReader item, List<PolicyTest> into)
    {
        List<string> from = Texts(item, "from");
        List<string> to = Texts(item, "to");
        List<string> ports = item.Has("port") ? Texts(item, "port") : [];
        if (!item.Has("port"))
        {
            item.Refuse("port", "is required: tcp/80, udp/53, tcp/NAME or icmp, or a list of these");
        }
        string? expect = item.Text("expect", required: true);
        if (expect is not (null or "Allow" or "Deny"))
        {
            item.Refuse("expect", $"{Quoted.Text(expect)} is not known; known are Allow, Deny");
        }
        string? name = item.Text("name");
        item.RejectUnknown();
        foreach (string source in from)
        {
            foreach (string destination in to)
            {
                into.AddRange(ports.Select(port => new PolicyTest(
                    name ?? $"{source} -> {destination} {port}", $"{item.Source}:{item.Line}", source, destination, port, expect == "Allow")));
            }
        }
    }

    /// <summary>One text, or a list of them.</summary>
    private static List<string> Texts(FieldReader item, string key)
    {
        if (item.Any(key) is YamlScalar scalar)
        {
            return [scalar.Text];
        }
        List<string> texts = [.. Objects.Lists.Texts(item, key, int.MaxValue)];
        if (texts.Count == 0)
        {
            item.Refuse(key, "is required: a text, or a list with one at least");
        }
        return texts;
    }
}
