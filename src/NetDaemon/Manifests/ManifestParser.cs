using Weft.Contracts.V1;
using Weft.Manifests.Yaml;
using Weft.NetDaemon.Networks;
using Weft.Policy.Objects;

namespace Weft.NetDaemon.Manifests;

/// <summary>Turns manifest texts into checked objects. The only judge of manifests: `weft` sends them as they are.</summary>
internal sealed partial class ManifestParser
{
    /// <summary>Most objects of one request.</summary>
    public const int MaximumObjects = 1000;

    private const uint MaximumVni = (1 << 24) - 1;

    private readonly ProblemList _problems = new();
    private readonly List<DeclaredObject> _objects = [];
    private readonly Dictionary<(string Kind, string Home, string Name), ManifestOrigin> _seen = [];
    private readonly bool _identityOnly;

    private ManifestParser(bool identityOnly) => _identityOnly = identityOnly;

    /// <summary>All objects of all texts, in the order written, for applying them.</summary>
    /// <exception cref="ManifestException">Anything is wrong, or there is no object at all; every problem is in it.</exception>
    public static IReadOnlyList<DeclaredObject> Parse(IEnumerable<Manifest> manifests) => new ManifestParser(identityOnly: false).Run(manifests);

    /// <summary>As <see cref="Parse"/>, for deleting them: specs are not looked at.</summary>
    /// <exception cref="ManifestException">As for <see cref="Parse"/>.</exception>
    public static IReadOnlyList<DeclaredObject> ParseIdentities(IEnumerable<Manifest> manifests) =>
        new ManifestParser(identityOnly: true).Run(manifests);

    private List<DeclaredObject> Run(IEnumerable<Manifest> manifests)
    {
        string first = manifests.Select(SourceName).FirstOrDefault("-");
        int documents = 0;
        foreach (Manifest manifest in manifests)
        {
            string source = SourceName(manifest);
            foreach (YamlNode document in YamlReader.Read(source, manifest.Text, _problems))
            {
                documents++;
                ReadObject(source, document, "", insideList: false);
            }
        }
        if (documents == 0 && _problems.IsEmpty)
        {
            _problems.Add(first, 1, "", "holds no object; a manifest begins with apiVersion: " + ResourceKind.ApiVersion);
        }
        if (_objects.Count > MaximumObjects)
        {
            _problems.Add(first, 1, "", $"{_objects.Count} objects are more than the {MaximumObjects} of one request; split it");
        }
        return _problems.IsEmpty ? _objects : throw new ManifestException(_problems);
    }

    private static string SourceName(Manifest manifest) => manifest.Source.Length == 0 ? "-" : Quoted.Bare(manifest.Source);

    private void ReadObject(string source, YamlNode node, string prefix, bool insideList)
    {
        if (node is not YamlMap map)
        {
            _problems.Add(source, node.Line, prefix.TrimEnd('.'), $"must be an object with apiVersion, kind and metadata, not {node.Noun}");
            return;
        }
        var fields = new FieldReader(source, map, prefix.TrimEnd('.'), _problems);
        string? apiVersion = fields.Text("apiVersion", required: true);
        string? kind = fields.Text("kind", required: true);
        if (IsList(apiVersion, kind, fields))
        {
            ReadList(source, fields, prefix, insideList);
            return;
        }
        if (apiVersion is not null && kind is not null && PolicyKinds.IsPolicyObject(apiVersion, kind))
        {
            ReadPolicyObject(apiVersion, kind, fields, new ManifestOrigin(source, map.Line, prefix));
            return;
        }
        if (apiVersion is not (null or ResourceKind.ApiVersion))
        {
            RefuseVersion(fields, apiVersion, kind);
            return;   // its fields follow other rules
        }
        if (!CheckKind(fields, kind))
        {
            return;
        }
        var origin = new ManifestOrigin(source, map.Line, prefix);
        string? name = ReadName(fields);
        DeclaredObject? read = _identityOnly ? ReadIdentity(fields, kind!, name, origin) : kind switch
        {
            ResourceKind.Network => ReadNetwork(fields, name, origin),
            ResourceKind.Reservation => ReadReservation(fields, name, origin),
            _ => ReadPool(fields, name, origin),
        };
        fields.Ignore("status");   // what `weft get` printed may be applied again
        fields.RejectUnknown();
        AddOnce(fields, kind!, "", name, read, origin);
    }

    private void AddOnce(FieldReader fields, string kind, string home, string? name, DeclaredObject? read, ManifestOrigin origin)
    {
        if (name is not null && !_seen.TryAdd((kind, home, name), origin))
        {
            string full = home.Length == 0 ? name : $"{home}/{name}";
            fields.Refuse("metadata", $"{kind} {Quoted.Text(full)} is given twice, first at {_seen[(kind, home, name)]}");
        }
        else if (read is not null)
        {
            _objects.Add(read);
        }
    }

    private void ReadList(string source, FieldReader fields, string prefix, bool insideList)
    {
        if (insideList)
        {
            fields.Refuse("kind", "a List may not hold another List; write its items out");
            return;
        }
        YamlList? items = fields.List("items", required: true);
        fields.Ignore("metadata");   // kubectl writes an empty resourceVersion here
        fields.RejectUnknown();
        for (int i = 0; i < items?.Items.Count; i++)
        {
            ReadObject(source, items.Items[i], $"{prefix}items[{i}].", insideList: true);
        }
    }

    private static bool CheckKind(FieldReader fields, string? kind)
    {
        if (kind is null || ResourceKind.OfNetworks.Contains(kind))
        {
            return kind is not null;
        }
        if (PolicyKinds.WhyWrongVersion(ResourceKind.ApiVersion, kind) is { } wrong && ResourceKind.OfPolicy.Contains(kind))
        {
            fields.Refuse("apiVersion", wrong);
            return false;
        }
        if (ResourceKind.WhyReadOnly(kind) is { } why)
        {
            fields.Refuse("kind", why);
            return false;
        }
        string? meant = ResourceKind.All.FirstOrDefault(known => string.Equals(known, kind, StringComparison.OrdinalIgnoreCase));
        fields.Refuse("kind", $"{Quoted.Text(kind)} is not known; " + (meant is null ? $"known are {string.Join(", ", ResourceKind.Writable)}" : $"write {meant}"));
        return false;
    }

    private static string? ReadName(FieldReader fields)
    {
        FieldReader? metadata = fields.Object("metadata", required: true);
        string? name = metadata?.Text("name", required: true);
        metadata?.RejectUnknown();
        return name is null ? null : CheckName(metadata!, "name", name);
    }

    private static string? CheckName(FieldReader fields, string key, string name)
    {
        if (ResourceName.IsLabel(name))
        {
            return name;
        }
        fields.Refuse(key, $"{Quoted.Text(name)} is not a name; use 1 to 63 lower-case letters, digits and \"-\", with a letter or digit at both ends");
        return null;
    }

    private static DeclaredIdentity? ReadIdentity(FieldReader fields, string kind, string? name, ManifestOrigin origin)
    {
        fields.Ignore("spec");
        return name is null ? null : new DeclaredIdentity(kind, name, origin);
    }

    private static DeclaredNetwork? ReadNetwork(FieldReader fields, string? name, ManifestOrigin origin)
    {
        FieldReader? spec = fields.Object("spec");
        uint vni = spec?.Number("vni", 0, MaximumVni, $"a VNI of 1 to {MaximumVni}, or 0 for one that Weft chooses") ?? 0;
        uint mtu = spec?.Number("mtu", 0, 65535, "an MTU of 1280 to 65535 bytes, or 0 for what the uplink allows") ?? 0;
        if (mtu is > 0 and < 1280)
        {
            spec!.Refuse("mtu", $"{mtu} is not an MTU of 1280 to 65535 bytes, or 0 for what the uplink allows");
        }
        bool masquerade = spec?.Flag("masquerade") ?? true;
        spec?.RejectUnknown();
        if (spec is not null)
        {
            origin.SetLine("spec.vni", spec.LineOf("vni"));
        }
        return name is null ? null : new DeclaredNetwork(name, origin, vni, mtu, masquerade);
    }

    private static DeclaredPool? ReadPool(FieldReader fields, string? name, ManifestOrigin origin)
    {
        FieldReader? spec = fields.Object("spec", required: true);
        if (spec is null)
        {
            return null;
        }
        string? network = spec.Text("network", required: true);
        network = network is null ? null : CheckName(spec, "network", network);
        Cidr? cidr = ReadCidr(spec);
        uint? blockSize = spec.Number("blockSize", 1, 128, "a prefix length");
        if (cidr is { } range && PoolRules.CheckBlockSize(range, blockSize ?? PoolRules.FittingBlockSize(range)) is { } wrong)
        {
            spec.Refuse("blockSize", wrong);
        }
        IReadOnlyList<System.Net.IPAddress>? withheld = ReservationFields.ReadWithheld(spec, cidr);
        IReadOnlyDictionary<string, string> nodeSelector = SelectorFields.ReadNodeSelector(spec);
        IReadOnlyList<string> namespaces = SelectorFields.ReadNamespaces(spec);
        spec.RejectUnknown();
        foreach (string field in (string[])["network", "cidr", "blockSize"])
        {
            origin.SetLine("spec." + field, spec.LineOf(field));
        }
        return name is null || network is null || cidr is null
            ? null
            : new DeclaredPool(name, origin, network, cidr.Value, blockSize ?? PoolRules.FittingBlockSize(cidr.Value)) { Withheld = withheld, NodeSelector = nodeSelector, Namespaces = namespaces };
    }

    private static DeclaredReservation? ReadReservation(FieldReader fields, string? name, ManifestOrigin origin)
    {
        FieldReader? spec = fields.Object("spec", required: true);
        if (spec is null)
        {
            return null;
        }
        string? network = spec.Text("network", required: true);
        network = network is null ? null : CheckName(spec, "network", network);
        return ReservationFields.Read(spec, name, network, origin);
    }

    private static Cidr? ReadCidr(FieldReader spec)
    {
        string? text = spec.Text("cidr", required: true);
        if (text is null)
        {
            return null;
        }
        if (!PoolRules.TryParseRange(text, out Cidr range, out string problem))
        {
            spec.Refuse("cidr", $"{Quoted.Text(text)} {problem}");
            return null;
        }
        return range;
    }
}
