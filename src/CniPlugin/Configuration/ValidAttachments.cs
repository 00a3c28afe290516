using System.Text.Json;
using Weft.CniPlugin.Errors;
using Weft.CniPlugin.Invocation;

namespace Weft.CniPlugin.Configuration;

/// <summary>Reads what a GC is to keep.</summary>
internal static class ValidAttachments
{
    private const string Key = "cni.dev/valid-attachments";

    // Its name in libcni before the specification had settled; newer ones send both.
    private const string OlderKey = "cni.dev/attachments";

    /// <summary>The attachments that are still valid. An empty list and null mean the same: none is.</summary>
    /// <remarks>A list that is absent or not understood is a problem, never "none": a misread list would cut off a whole node.</remarks>
    public static List<(string ContainerId, string InterfaceName)> Read(JsonElement root, ProblemList problems)
    {
        List<(string ContainerId, string InterfaceName)> valid = [];
        string key = Key;
        if (!JsonKeys.TryFind(root, Key, out JsonElement list))
        {
            key = OlderKey;
            if (!JsonKeys.TryFind(root, OlderKey, out list))
            {
                problems.Add(CniErrorCode.InvalidConfiguration,
                    $"GC came with neither \"{Key}\" nor \"{OlderKey}\", so weft-cni removes nothing");
                return valid;
            }
        }
        if (list.ValueKind == JsonValueKind.Null)
        {
            return valid;
        }
        if (list.ValueKind != JsonValueKind.Array)
        {
            problems.Add(CniErrorCode.InvalidConfiguration, $"\"{key}\" must be a list, not {JsonKeys.Shown(list)}");
            return valid;
        }
        foreach (JsonElement element in list.EnumerateArray())
        {
            if (JsonKeys.FindText(element, "containerID") is { } id && NameRules.IsIdentifier(id)
                && JsonKeys.FindText(element, "ifname") is { Length: > 0 } name && NameRules.WhyNotInterface(name) is null)
            {
                valid.Add((id, name));
                continue;
            }
            problems.Add(CniErrorCode.InvalidConfiguration,
                $"\"{key}\" has {JsonKeys.Shown(element)}, which is not {{\"containerID\": ID, \"ifname\": NAME}}");
        }
        return valid;
    }
}
