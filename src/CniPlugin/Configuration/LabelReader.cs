using System.Text.Json;
using Weft.CniPlugin.Errors;

namespace Weft.CniPlugin.Configuration;

/// <summary>Reads "args.cni.labels": the conventions' list <c>[{"key": "app", "value": "web"}]</c>, or an object <c>{"app": "web"}</c>.</summary>
internal static class LabelReader
{
    public static Dictionary<string, string> Read(JsonElement? labels, ProblemList problems)
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        switch (labels?.ValueKind)
        {
            case null:
                break;
            case JsonValueKind.Object:
                foreach (JsonProperty property in labels.Value.EnumerateObject())
                {
                    Add(property.Name, property.Value);
                }
                break;
            case JsonValueKind.Array:
                foreach (JsonElement element in labels.Value.EnumerateArray())
                {
                    if (JsonKeys.FindText(element, "key") is not { Length: > 0 } key)
                    {
                        problems.Add(CniErrorCode.InvalidConfiguration, $"\"args.cni.labels\" has {JsonKeys.Shown(element)}, which has no \"key\"");
                        continue;
                    }
                    _ = JsonKeys.TryFind(element, "value", out JsonElement value);
                    Add(key, value);
                }
                break;
            default:
                problems.Add(CniErrorCode.InvalidConfiguration, $"\"args.cni.labels\" must be an object or a list, not {JsonKeys.Shown(labels.Value)}");
                break;
        }
        return result;

        void Add(string key, JsonElement value)
        {
            switch (value.ValueKind)
            {
                case JsonValueKind.String:
                    result[key] = value.GetString()!;
                    break;
                case JsonValueKind.Undefined or JsonValueKind.Null:
                    result[key] = "";
                    break;
                default:
                    problems.Add(CniErrorCode.InvalidConfiguration, $"label \"{key}\" must be a string, not {JsonKeys.Shown(value)}");
                    break;
            }
        }
    }
}
