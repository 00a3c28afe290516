using System.Text.Json;
using System.Text.Unicode;
using Weft.CniPlugin.Errors;
using Weft.CniPlugin.Invocation;
using Weft.Contracts;

namespace Weft.CniPlugin.Configuration;

/// <summary>Turns stdin's bytes into a checked configuration. Unknown keys are ignored, known ones matched without case.</summary>
internal static class NetworkConfigurationReader
{
    // sockaddr_un has room for 108 bytes with the final zero (unix(7)).
    private const int LongestSocketPath = 107;

    /// <summary>The object that stdin holds.</summary>
    /// <exception cref="CniException">Code 6: it is no JSON object.</exception>
    public static JsonElement Decode(ReadOnlyMemory<byte> json)
    {
        if (json.IsEmpty)
        {
            throw new CniException(CniErrorCode.Undecodable, "stdin is empty, and a network configuration was expected");
        }
        if (!Utf8.IsValid(json.Span))
        {
            throw new CniException(CniErrorCode.Undecodable, "the network configuration on stdin is not UTF-8");
        }
        try
        {
            JsonElement root = JsonDocument.Parse(json).RootElement;
            // Only an escape can still hold half a surrogate pair, which the parser leaves to whoever reads the text.
            if (json.Span.IndexOf("\\u"u8) >= 0)
            {
                ReadEveryText(root);
            }
            if (root.ValueKind == JsonValueKind.Object)
            {
                return root;
            }
            throw new CniException(CniErrorCode.Undecodable, $"the network configuration on stdin is no JSON object but {JsonKeys.Shown(root)}");
        }
        catch (JsonException e)
        {
            throw new CniException(CniErrorCode.Undecodable, $"the network configuration on stdin is not JSON: {e.Message}");
        }
        catch (InvalidOperationException e)
        {
            throw new CniException(CniErrorCode.Undecodable, $"the network configuration on stdin has text that is not Unicode: {e.Message}");
        }
    }

    private static void ReadEveryText(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                _ = element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in element.EnumerateArray())
                {
                    ReadEveryText(item);
                }
                break;
            case JsonValueKind.Object:
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    _ = property.Name;
                    ReadEveryText(property.Value);
                }
                break;
            default:
                break;
        }
    }

    /// <summary>Checks what every verb needs, adding everything that is wrong to <paramref name="problems"/>.</summary>
    /// <returns>Null when the version is not ours: then nothing else in the object has a known meaning.</returns>
    public static NetworkConfiguration? Read(JsonElement root, ProblemList problems)
    {
        var values = new JsonValues(root, "", problems);
        string? stated = values.Text("cniVersion");
        if (CniVersions.Parse(stated ?? CniVersions.WhenAbsent) is not CniVersion version)
        {
            string which = stated is null
                ? $"has no \"cniVersion\", which means {CniVersions.WhenAbsent}: add \"cniVersion\": \"1.0.0\" to it"
                : $"is \"{stated}\"";
            problems.Add(CniErrorCode.IncompatibleVersion,
                $"incompatible CNI versions: the configuration {which}; weft-cni supports [{string.Join(", ", CniVersions.Supported!)}]");
            return null;
        }
        string name = values.Text("name") ?? "";
        if (name.Length == 0)
        {
            problems.Add(CniErrorCode.InvalidConfiguration, "\"name\" is missing from the network configuration");
        }
        else if (!NameRules.IsIdentifier(name))
        {
            problems.Add(CniErrorCode.InvalidConfiguration,
                $"\"name\": \"{name}\" is not a letter or digit followed by letters, digits, '_', '.' and '-'");
        }
        string weftNetwork = values.Text("network") ?? "";
        if (weftNetwork.Length > 0 && !NameRules.IsIdentifier(weftNetwork))
        {
            problems.Add(CniErrorCode.InvalidConfiguration, $"\"network\": \"{weftNetwork}\" cannot be the name of a Weft Network");
        }
        return new NetworkConfiguration
        {
            Version = version,
            Name = name,
            Socket = SocketPath(root, "socket", problems) ?? $"{WeftPaths.RunDirectory}/{WeftPaths.CniSocketName}",
            WeftNetwork = weftNetwork,
            ContainerdAddress = SocketPath(root, "containerd", problems) ?? "",
            Root = root,
        };
    }

    private static string? SocketPath(JsonElement root, string key, ProblemList problems)
    {
        string? path = new JsonValues(root, "", problems).Text(key);
        if (string.IsNullOrEmpty(path))
        {
            return null;
        }
        const string scheme = "unix://";
        if (path.StartsWith(scheme, StringComparison.Ordinal))
        {
            path = path[scheme.Length..];
        }
        if (!path.StartsWith('/') || path.Contains('\0', StringComparison.Ordinal))
        {
            problems.Add(CniErrorCode.InvalidConfiguration, $"\"{key}\": \"{path}\" is not an absolute path");
        }
        else if (System.Text.Encoding.UTF8.GetByteCount(path) > LongestSocketPath)
        {
            problems.Add(CniErrorCode.InvalidConfiguration, $"\"{key}\" is longer than the {LongestSocketPath} bytes that a socket's path may have");
        }
        return path;
    }
}
