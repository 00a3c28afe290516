using Weft.Contracts.V1;
using Weft.Manifests.Yaml;

namespace Weft.Policy.Objects;

/// <summary>Reads NetworkSets (weft.dev/v1) and Namespaces (v1).</summary>
internal static class NetworkSetFields
{
    private const int MaximumRanges = 10_000;

    public static NetworkSet Read(FieldReader fields)
    {
        var set = new NetworkSet { Metadata = MetadataFields.Read(fields, namespaced: false) };
        if (fields.Object("spec", required: true) is { } spec)
        {
            foreach (string text in Lists.Texts(spec, "cidrs", MaximumRanges))
            {
                if (BlockText.Parse(text) is null)
                {
                    spec.Refuse("cidrs", $"{Quoted.Text(text)} is not a range such as 10.0.0.0/8 or fd00::/8");
                }
                set.Cidrs.Add(text);
            }
            if (!spec.Has("cidrs"))
            {
                spec.Refuse("cidrs", "is required; write [] for none");
            }
            spec.RejectUnknown();
        }
        return set;
    }

    public static Namespace ReadNamespace(FieldReader fields)
    {
        var item = new Namespace { Metadata = MetadataFields.Read(fields, namespaced: false, plainName: true) };
        if (item.Metadata.Labels.TryGetValue(Labels.LabelRules.NamespaceName, out string? name) && name != item.Metadata.Name)
        {
            fields.Refuse("metadata", $"label {Labels.LabelRules.NamespaceName} is {Quoted.Text(name)}; it always has the name of the namespace, so leave it out");
        }
        if (fields.Object("spec") is { } spec)
        {
            spec.Ignore("finalizers");
            spec.RejectUnknown();
        }
        return item;
    }
}
