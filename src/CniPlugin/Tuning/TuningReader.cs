using System.Text.Json;
using System.Text.RegularExpressions;
using Weft.CniPlugin.Configuration;
using Weft.CniPlugin.Errors;

namespace Weft.CniPlugin.Tuning;

/// <summary>Reads the tuning plugin's keys: sysctl, promisc, allmulti, txQLen. A sysctl of "args.cni" counts before the configuration's of the same key.</summary>
internal static class TuningReader
{
    /// <param name="root">The configuration.</param>
    /// <param name="args">"args.cni".</param>
    /// <param name="allowListPath">Path of <see cref="SysctlAllowList"/>.</param>
    /// <param name="problems">Takes what is wrong, and what is not allowed.</param>
    public static TuningSettings Read(JsonElement root, JsonElement? args, string allowListPath, ProblemList problems)
    {
        var own = new JsonValues(root, "", problems);
        List<SysctlSetting> sysctls = [];
        ReadSysctls(own, "sysctl", sysctls, problems);
        ReadSysctls(new JsonValues(args, "args.cni.", problems), "args.cni.sysctl", sysctls, problems);
        if (sysctls.Count > 0)
        {
            CheckAllowed(sysctls, allowListPath, problems);
        }
        return new TuningSettings
        {
            Sysctls = sysctls,
            Promiscuous = own.Flag("promisc"),
            AllMulticast = own.Flag("allmulti"),
            TxQueueLength = (uint?)own.Number("txQLen", uint.MaxValue),
        };
    }

    private static void ReadSysctls(JsonValues values, string where, List<SysctlSetting> sysctls, ProblemList problems)
    {
        if (values.Object("sysctl") is not JsonElement map)
        {
            return;
        }
        foreach (JsonProperty property in map.EnumerateObject())
        {
            string key = property.Name;
            if (property.Value.ValueKind != JsonValueKind.String)
            {
                problems.Add(CniErrorCode.InvalidConfiguration, $"\"{where}\": {key} must be a string, not {JsonKeys.Shown(property.Value)}");
            }
            else if (!SysctlSetting.IsNetworkParameter(key))
            {
                problems.Add(CniErrorCode.UnsupportedField,
                    $"\"{where}\": {key} = \"{property.Value.GetString()}\" is no parameter below net.: the others belong to the whole node, or to the runtime");
            }
            else
            {
                sysctls.RemoveAll(s => s.Key == key);
                sysctls.Add(new SysctlSetting(key, property.Value.GetString()!));
            }
        }
    }

    private static void CheckAllowed(List<SysctlSetting> sysctls, string path, ProblemList problems)
    {
        try
        {
            SysctlAllowList allowed = SysctlAllowList.FromFile(path);
            foreach (SysctlSetting setting in sysctls)
            {
                if (!allowed.Allows(setting.Key))
                {
                    problems.Add(CniErrorCode.UnsupportedField, $"sysctl {setting.Key} = \"{setting.Value}\" is not allowed by {path}: remove it, or add a line for it there");
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or RegexMatchTimeoutException)
        {
            // Not readable is not "everything is allowed".
            problems.Add(CniErrorCode.InvalidConfiguration, $"the list of allowed sysctls, {path}, cannot be used: {e.Message}");
        }
    }
}
