using Weft.Contracts.V1;
using Weft.Manifests.Yaml;
using Weft.Policy.Labels;

namespace Weft.Policy.Objects;

/// <summary>Reads label selectors (metav1.LabelSelector).</summary>
internal static class SelectorFields
{
    /// <summary>The selector, or null when it is absent or wrong; what is wrong is told.</summary>
    public static LabelSelector? Read(FieldReader fields, string key, bool required = false)
    {
        if (fields.Object(key, required) is not { } map)
        {
            return null;
        }
        var selector = new LabelSelector();
        MetadataFields.ReadTexts(map, "matchLabels", selector.MatchLabels, LabelRules.CheckKey, LabelRules.CheckValue);
        Lists.ForEach(map, "matchExpressions", int.MaxValue, item => selector.MatchExpressions.Add(ReadRequirement(item)));
        map.RejectUnknown();
        return selector;
    }

    private static SelectorRequirement ReadRequirement(FieldReader item)
    {
        var requirement = new SelectorRequirement { Key = item.Text("key", required: true) ?? "", Operator = item.Text("operator", required: true) ?? "" };
        if (requirement.Key.Length > 0 && LabelRules.CheckKey(requirement.Key) is { } wrongKey)
        {
            item.Refuse("key", $"{Quoted.Text(requirement.Key)} {wrongKey}");
        }
        foreach (string value in Lists.Texts(item, "values", int.MaxValue))
        {
            if (LabelRules.CheckValue(value) is { } wrong)
            {
                item.Refuse("values", $"{Quoted.Text(value)} {wrong}");
            }
            requirement.Values.Add(value);
        }
        switch (requirement.Operator)
        {
            case "In" or "NotIn":
                if (requirement.Values.Count == 0)
                {
                    item.Refuse("values", $"is required with operator {requirement.Operator}");
                }
                break;
            case "Exists" or "DoesNotExist":
                if (requirement.Values.Count > 0)
                {
                    item.Refuse("values", $"may not be given with operator {requirement.Operator}");
                }
                break;
            case "":
                break;
            default:
                item.Refuse("operator", $"{Quoted.Text(requirement.Operator)} is not known; known are In, NotIn, Exists, DoesNotExist");
                break;
        }
        item.RejectUnknown();
        return requirement;
    }
}
