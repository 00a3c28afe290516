using System.Text.Json;
using Weft.CniPlugin.Errors;

namespace Weft.CniPlugin.Configuration;

/// <summary>
/// Looks at the keys of the reference plugins that Weft cannot honour. Those whose effect Weft always has, and those without meaning here, pass;
/// docs/cni.md lists them all.
/// </summary>
internal static class ReferenceKeyReader
{
    // (key, what would be different, what to do instead)
    private static readonly (string Key, string Why)[] RefusedWhenOn =
    [
        ("disableContainerInterface", "a container's interface in a Weft network is up: leave it out"),
        ("portIsolation", "containers of one Weft network reach each other: give each its own network instead"),
        ("multiQueue", "weft-cni makes veth interfaces, not tap: leave it out, or keep the tap plugin"),
    ];

    private static readonly (string Key, string Why)[] RefusedWhenGiven =
    [
        ("vlan", "Weft's networks are apart by themselves: make a Weft Network for each VLAN"),
        ("vlanTrunk", "VLAN-tagged frames do not leave a container in Weft: attach it to several networks instead"),
        ("master", "weft-cni makes no macvlan, ipvlan or VLAN interfaces: leave it out, or keep that plugin"),
        ("conditionsV4", "published ports have no further conditions in Weft: leave it out"),
        ("conditionsV6", "published ports have no further conditions in Weft: leave it out"),
        ("unshapedSubnets", "Weft limits all of an interface's traffic: leave it out"),
        ("shapedSubnets", "Weft limits all of an interface's traffic: leave it out"),
    ];

    public static void Read(JsonElement root, JsonElement? runtime, ProblemList problems)
    {
        var values = new JsonValues(root, "", problems);
        foreach ((string key, string why) in RefusedWhenOn)
        {
            if (values.Flag(key) == true)
            {
                problems.Add(CniErrorCode.UnsupportedField, $"\"{key}\" is true: {why}");
            }
        }
        foreach ((string key, string why) in RefusedWhenGiven)
        {
            RefuseGiven(root, "", key, why, problems);
        }
        foreach (string device in (ReadOnlySpan<string>)["deviceID", "infinibandGUID"])
        {
            RefuseGiven(runtime, "runtimeConfig.", device, $"weft-cni moves no devices, and does not implement {device}: leave the capability out", problems);
        }
        if (values.Text("ingressPolicy") is { Length: > 0 } policy && policy is not ("open" or "same-bridge"))
        {
            problems.Add(CniErrorCode.UnsupportedField,
                $"\"ingressPolicy\" is \"{policy}\", and weft-cni knows \"open\" and \"same-bridge\": give the containers networks of their own instead");
        }
    }

    private static void RefuseGiven(JsonElement? parent, string path, string key, string why, ProblemList problems)
    {
        if (JsonKeys.Find(parent, key) is JsonElement value && AsksForSomething(value))
        {
            problems.Add(CniErrorCode.UnsupportedField, $"\"{path}{key}\" is {JsonKeys.Shown(value)}: {why}");
        }
    }

    /// <summary>Whether a value holds anything but "", false, 0, and empty lists and objects.</summary>
    private static bool AsksForSomething(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.GetArrayLength() > 0,
        JsonValueKind.Object => value.EnumerateObject().MoveNext(),
        JsonValueKind.String => value.GetString()!.Length > 0,
        JsonValueKind.Number => !value.TryGetUInt64(out ulong number) || number != 0,   // what does not fit is not 0
        _ => value.ValueKind == JsonValueKind.True,
    };
}
