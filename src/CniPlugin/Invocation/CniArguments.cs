using Weft.CniPlugin.Errors;

namespace Weft.CniPlugin.Invocation;

/// <summary>What CNI_ARGS may say: <c>KEY=VALUE;KEY=VALUE</c>. Values are as sent; an absent one is null.</summary>
internal sealed record CniArguments
{
    public static readonly CniArguments None = new();

    /// <summary>K8S_POD_NAMESPACE.</summary>
    public string? PodNamespace { get; init; }

    /// <summary>K8S_POD_NAME; Podman sends it too.</summary>
    public string? PodName { get; init; }

    /// <summary>K8S_POD_UID.</summary>
    public string? PodUid { get; init; }

    /// <summary>MAC: a wanted hardware address, unchecked.</summary>
    public string? Mac { get; init; }

    /// <summary>IP: wanted addresses, separated by commas, unchecked.</summary>
    public string? Ip { get; init; }

    /// <summary>GATEWAY: unchecked. A container's gateway is always its network's own.</summary>
    public string? Gateway { get; init; }

    /// <summary>WEFT_NETWORK: the Weft Network that the container asks for, unchecked.</summary>
    public string? Network { get; init; }

    /// <summary>Reads CNI_ARGS as libcni's pkg/types/args.go does: keys are matched exactly, a key that the plugin does not know
    /// is a problem unless IgnoreUnknown is 1 or true.</summary>
    public static CniArguments Parse(string? text, ProblemList problems)
    {
        if (string.IsNullOrEmpty(text))
        {
            return None;
        }
        CniArguments arguments = None;
        bool ignoreUnknown = false;
        List<string> unknown = [];
        foreach (string pair in text.Split(';'))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || pair.IndexOf('=', equals + 1) >= 0)
            {
                problems.Add(CniErrorCode.InvalidEnvironment, $"CNI_ARGS: \"{pair}\" is not KEY=VALUE");
                continue;
            }
            string key = pair[..equals];
            string value = pair[(equals + 1)..];
            switch (key)
            {
                case "IgnoreUnknown": ignoreUnknown = ReadFlag(value, problems); break;
                case "K8S_POD_NAMESPACE": arguments = arguments with { PodNamespace = value }; break;
                case "K8S_POD_NAME": arguments = arguments with { PodName = value }; break;
                case "K8S_POD_UID": arguments = arguments with { PodUid = value }; break;
                case "K8S_POD_INFRA_CONTAINER_ID": break;   // the same as CNI_CONTAINERID
                case "MAC": arguments = arguments with { Mac = value }; break;
                case "IP": arguments = arguments with { Ip = value }; break;
                case "GATEWAY": arguments = arguments with { Gateway = value }; break;
                case "WEFT_NETWORK": arguments = arguments with { Network = value }; break;
                default: unknown.Add(key); break;
            }
        }
        if (unknown.Count > 0 && !ignoreUnknown)
        {
            problems.Add(CniErrorCode.InvalidEnvironment,
                $"CNI_ARGS: unknown keys [{string.Join(',', unknown)}], and IgnoreUnknown=1 was not among them");
        }
        return arguments;
    }

    private static bool ReadFlag(string value, ProblemList problems)
    {
        if (value == "1" || value.Equals("true", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }
        if (value != "0" && !value.Equals("false", StringComparison.OrdinalIgnoreCase))
        {
            problems.Add(CniErrorCode.InvalidEnvironment, $"CNI_ARGS: IgnoreUnknown is \"{value}\", not 0, 1, true or false");
        }
        return false;
    }
}
