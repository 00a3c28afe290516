using Weft.Contracts.V1;
using Weft.Manifests.Yaml;
using Weft.Policy.Model;

namespace Weft.Policy.Objects;

/// <summary>Checks that rules of several kinds share.</summary>
internal static class RuleFields
{
    /// <summary>policyTypes, as written.</summary>
    public static void ReadTypes(FieldReader spec, ICollection<string> into)
    {
        foreach (string type in Lists.Texts(spec, "policyTypes", 2))
        {
            if (type is not ("Ingress" or "Egress"))
            {
                spec.Refuse("policyTypes", $"{Quoted.Text(type)} is not known; known are Ingress, Egress");
            }
            into.Add(type);
        }
    }

    /// <summary>Whether annotations that name NetworkSets fit the rules.</summary>
    /// <param name="rules">Whether each rule of a direction has peers.</param>
    public static void CheckNetworkSets(FieldReader fields, ObjectMeta meta, Func<Direction, IReadOnlyList<bool>> rules)
    {
        foreach ((string key, string value) in meta.Annotations)
        {
            if (!NetworkSetAnnotation.TryRead(key, out Direction direction, out int rule))
            {
                continue;
            }
            IReadOnlyList<bool> peers = rules(direction);
            if (rule >= peers.Count)
            {
                fields.Refuse("metadata", $"annotation {key}: there is no {direction.ToString().ToLowerInvariant()} rule {rule}; the first is 0");
            }
            else if (!peers[rule])
            {
                fields.Refuse("metadata", $"annotation {key}: that rule names no peers and so allows everybody already; give it one");
            }
            if (!Labels.SelectorText.TryParse(value, out _, out string problem))
            {
                fields.Refuse("metadata", $"annotation {key}: {problem}; write a selector such as team=a");
            }
        }
    }
}
