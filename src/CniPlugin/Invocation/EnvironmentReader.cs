using Weft.CniPlugin.Errors;

namespace Weft.CniPlugin.Invocation;

/// <summary>Turns environment variables into a checked invocation.</summary>
internal static class EnvironmentReader
{
    /// <summary>The verb, or null when CNI_COMMAND is absent or empty: the program was called by hand.</summary>
    /// <exception cref="CniException">CNI_COMMAND has another value.</exception>
    public static CniCommand? ReadCommand(Func<string, string?> variable) => variable("CNI_COMMAND") switch
    {
        null or "" => null,
        "ADD" => CniCommand.Add,
        "DEL" => CniCommand.Del,
        "CHECK" => CniCommand.Check,
        "GC" => CniCommand.Gc,
        "STATUS" => CniCommand.Status,
        "VERSION" => CniCommand.Version,
        string other => throw new CniException(CniErrorCode.InvalidEnvironment,
            $"unknown CNI_COMMAND \"{other}\"", "it must be ADD, DEL, CHECK, GC, STATUS or VERSION"),
    };

    /// <summary>Reads what <paramref name="command"/> needs, adding everything that is wrong to <paramref name="problems"/>.</summary>
    public static CniInvocation Read(CniCommand command, Func<string, string?> variable, ProblemList problems)
    {
        if (command is CniCommand.Status or CniCommand.Version)
        {
            return new CniInvocation { Command = command };
        }
        bool concernsOneContainer = command is not CniCommand.Gc;
        List<string> missing = [];
        string Required(string name, bool required)
        {
            string value = variable(name) ?? "";
            if (value.Length == 0 && required)
            {
                missing.Add(name);
            }
            return value;
        }
        string containerId = Required("CNI_CONTAINERID", concernsOneContainer);
        string netns = Required("CNI_NETNS", command is CniCommand.Add or CniCommand.Check);
        string interfaceName = Required("CNI_IFNAME", concernsOneContainer);
        _ = Required("CNI_PATH", command is CniCommand.Gc);
        if (missing.Count > 0)
        {
            problems.Add(CniErrorCode.InvalidEnvironment, $"required env variables [{string.Join(',', missing)}] missing");
        }
        if (!concernsOneContainer)
        {
            // libcni sets the other variables for GC too, but empty.
            return new CniInvocation { Command = command };
        }
        if (containerId.Length > 0 && !NameRules.IsIdentifier(containerId))
        {
            problems.Add(CniErrorCode.InvalidEnvironment,
                $"CNI_CONTAINERID \"{containerId}\" is not a letter or digit followed by letters, digits, '_', '.' and '-'");
        }
        if (interfaceName.Length > 0 && NameRules.WhyNotInterface(interfaceName) is string why)
        {
            problems.Add(CniErrorCode.InvalidEnvironment, $"CNI_IFNAME \"{interfaceName}\" {why}");
        }
        return new CniInvocation
        {
            Command = command,
            ContainerId = containerId,
            InterfaceName = interfaceName,
            Netns = netns,
            AllowsOwnNamespace = variable("CNI_NETNS_OVERRIDE") is string flag
                && (flag == "1" || flag.Equals("true", StringComparison.OrdinalIgnoreCase)),
            Arguments = CniArguments.Parse(variable("CNI_ARGS"), problems),
        };
    }
}
