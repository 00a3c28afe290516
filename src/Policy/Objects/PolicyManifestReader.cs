using Weft.Manifests.Yaml;

namespace Weft.Policy.Objects;

/// <summary>Reads whole manifests without a daemon: policies, what they select by, and pods and nodes. Other kinds are passed over.</summary>
public sealed class PolicyManifestReader
{
    private readonly ProblemList _problems;
    private readonly PolicyManifests _read = new();
    private readonly Dictionary<(string Kind, string Namespace, string Name), string> _seen = [];
    private readonly List<string> _passedOver = [];

    private PolicyManifestReader(ProblemList problems) => _problems = problems;

    /// <summary>The objects of all texts.</summary>
    /// <param name="texts">Names for messages, with contents.</param>
    /// <param name="passedOver">Gets "file:line: kind" of objects that policy does not know, such as Deployments.</param>
    /// <exception cref="ManifestException">Anything is wrong; every problem is in it.</exception>
    public static PolicyManifests Read(IEnumerable<(string Source, string Text)> texts, out IReadOnlyList<string> passedOver)
    {
        var problems = new ProblemList();
        PolicyManifests read = Read(texts, problems, out passedOver);
        return problems.IsEmpty ? read : throw new ManifestException(problems);
    }

    /// <summary>As above, with problems told in a list; what is read is complete only when that stays empty.</summary>
    public static PolicyManifests Read(IEnumerable<(string Source, string Text)> texts, ProblemList problems, out IReadOnlyList<string> passedOver)
    {
        var reader = new PolicyManifestReader(problems);
        foreach ((string source, string text) in texts)
        {
            foreach (YamlNode document in YamlReader.Read(source, text, problems))
            {
                reader.ReadObject(source, document, "", insideList: false);
            }
        }
        passedOver = reader._passedOver;
        return reader._read;
    }

    private void ReadObject(string source, YamlNode node, string path, bool insideList)
    {
        if (node is not YamlMap map)
        {
            _problems.Add(source, node.Line, path, $"must be an object with apiVersion, kind and metadata, not {node.Noun}");
            return;
        }
        var fields = new FieldReader(source, map, path, _problems);
        string? apiVersion = fields.Text("apiVersion", required: true);
        string? kind = fields.Text("kind", required: true);
        if (apiVersion is null || kind is null)
        {
            return;
        }
        if (kind.EndsWith("List", StringComparison.Ordinal) && fields.Has("items") && !insideList)
        {
            YamlList? items = fields.List("items");
            for (int i = 0; i < items?.Items.Count; i++)
            {
                ReadObject(source, items.Items[i], $"items[{i}]", insideList: true);
            }
            fields.Ignore("metadata");
            fields.RejectUnknown();
        }
        else if (PolicyObjectReader.Read(apiVersion, kind, fields, _read) is not { } identity)
        {
            PassOver(fields, apiVersion, kind);
        }
        else if (identity.Name.Length > 0 && !_seen.TryAdd((kind, identity.Namespace, identity.Name), $"{source}:{map.Line}"))
        {
            fields.Refuse("metadata", $"{kind} {Quoted.Bare(identity.Name)} is given twice, first at {_seen[(kind, identity.Namespace, identity.Name)]}");
        }
    }

    private void PassOver(FieldReader fields, string apiVersion, string kind)
    {
        // A policy of another version would be passed over in silence otherwise, and everything look open or closed.
        if (PolicyKinds.WhyWrongVersion(apiVersion, kind) is { } wrong)
        {
            fields.Refuse("apiVersion", wrong);
            return;
        }
        _passedOver.Add($"{fields.Source}:{fields.Line}: {Quoted.Bare(kind)}");
    }
}
