using Weft.NetDaemon.Networks;
using Weft.Manifests.Yaml;

namespace Weft.NetDaemon.Configuration;

/// <summary>Reads weftd.yaml. Every field may be left out; an empty file changes nothing.</summary>
internal static class ConfigFile
{
    private static readonly Dictionary<string, LogLevel> LogLevels = new(StringComparer.Ordinal)
    {
        ["trace"] = LogLevel.Trace,
        ["debug"] = LogLevel.Debug,
        ["info"] = LogLevel.Information,
        ["warning"] = LogLevel.Warning,
        ["error"] = LogLevel.Error,
    };

    /// <summary>
    /// <paramref name="defaults"/> with what the text states. Everything wrong goes to <paramref name="problems"/>; nothing is thrown.
    /// </summary>
    /// <param name="source">The file's name, for the problems.</param>
    public static DaemonOptions Read(string source, string text, DaemonOptions defaults, ProblemList problems)
    {
        IReadOnlyList<YamlNode> documents = YamlReader.Read(source, text, problems);
        if (documents.Count == 0)
        {
            return defaults;
        }
        if (documents.Count > 1)
        {
            problems.Add(source, documents[1].Line, "", "a second document; the config file is one");
        }
        if (documents[0] is not YamlMap map)
        {
            problems.Add(source, documents[0].Line, "", $"must be an object such as \"node: a1\", not {documents[0].Noun}");
            return defaults;
        }
        var fields = new FieldReader(source, map, "", problems);
        DaemonOptions read = defaults with
        {
            NodeName = Checked(fields, "node", OptionRules.CheckNode) ?? defaults.NodeName,
            StateDirectory = Checked(fields, "stateDir", OptionRules.CheckStateDirectory) ?? defaults.StateDirectory,
            RunDirectory = Checked(fields, "runDir", OptionRules.CheckRunDirectory) ?? defaults.RunDirectory,
            Store = Checked(fields, "store", OptionRules.CheckStore) ?? defaults.Store,
            Etcd = EtcdConfigSection.Read(fields) ?? defaults.Etcd,
            DefaultNetwork = ReadDefaultNetwork(fields) ?? defaults.DefaultNetwork,
            AddressCoolDown = ReadDuration(fields, "addressCoolDown") ?? defaults.AddressCoolDown,
            AddressKeptFor = ReadDuration(fields, "addressKeptFor") ?? defaults.AddressKeptFor,
            BlocksHeldFor = ReadHold(fields) ?? defaults.BlocksHeldFor,
            Underlay = UnderlayFields.Read(fields, defaults.Underlay),
            OverlayPort = (ushort?)fields.Number("overlayPort", 1, ushort.MaxValue, "a UDP port of 1 to 65535; leave it out for 4789") ?? defaults.OverlayPort,
            Labels = UnderlayFields.ReadLabels(fields) ?? defaults.Labels,
            Policy = PolicyConfigSection.Read(fields) ?? defaults.Policy,
            Mtu = (int?)fields.Number("mtu", 1280, 65535, "an MTU of 1280 to 65535 bytes; leave it out for what the uplink allows") ?? defaults.Mtu,
            NftablesOwner = ReadOwner(fields) ?? defaults.NftablesOwner,
            LogLevel = ReadLogLevel(fields) ?? defaults.LogLevel,
        };
        fields.RejectUnknown();
        return read;
    }

    /// <summary>A text that a check finds nothing wrong with, or null.</summary>
    internal static string? Checked(FieldReader fields, string key, Func<string, string?> check)
    {
        string? text = fields.Text(key);
        string? wrong = text is null ? null : check(text);
        if (wrong is not null)
        {
            fields.Refuse(key, wrong);
        }
        return wrong is null ? text : null;
    }

    private static DefaultNetworkOptions? ReadDefaultNetwork(FieldReader fields)
    {
        if (fields.Any("defaultNetwork") is YamlScalar { Text: "none" })
        {
            return DefaultNetworkOptions.None;
        }
        FieldReader? network = fields.Object("defaultNetwork");
        if (network is null)
        {
            return null;
        }
        DefaultNetworkOptions standard = DefaultNetworkOptions.Standard;
        string? ipv4 = network.Text("ipv4");
        string? ipv6 = network.Text("ipv6");
        network.RejectUnknown();
        if (ipv4 == "none" && ipv6 == "none")
        {
            fields.Refuse("defaultNetwork", "has neither IPv4 nor IPv6; write defaultNetwork: none to have no such network");
        }
        return new DefaultNetworkOptions(
            Enabled: true,
            ipv4 switch { null => standard.IPv4, "none" => null, _ => ReadRange(network, "ipv4", ipv4, width: 32) },
            ipv6 is null or "auto" or "none" ? null : ReadRange(network, "ipv6", ipv6, width: 128),
            RandomIPv6: ipv6 is null or "auto");
    }

    private static Cidr? ReadRange(FieldReader network, string key, string text, int width)
    {
        if (!PoolRules.TryParseRange(text, out Cidr range, out string problem))
        {
            network.Refuse(key, $"{Quoted.Text(text)} {problem}, or none");
            return null;
        }
        if (range.Width != width)
        {
            network.Refuse(key, $"{Quoted.Text(text)} is a range of the other family");
            return null;
        }
        if (PoolRules.CheckBlockSize(range, PoolRules.FittingBlockSize(range)) is { } wrong)
        {
            network.Refuse(key, wrong);
        }
        return range;
    }

    private static TimeSpan? ReadDuration(FieldReader fields, string key)
    {
        // "0" is a number to YAML, "60s" a text.
        if (fields.Any(key) is not { } value)
        {
            return null;
        }
        if (value is YamlScalar scalar && OptionRules.TryParseDuration(scalar.Text, out TimeSpan duration))
        {
            return duration;
        }
        string shown = value is YamlScalar other ? Quoted.Text(other.Text) : value.Noun;
        fields.Refuse(key, $"{shown} is not a time of 0 to 24 hours; write it with its unit, such as 60s, 500ms or 5m");
        return null;
    }

    private static TimeSpan? ReadHold(FieldReader fields)
    {
        TimeSpan? read = ReadDuration(fields, "blocksHeldFor");
        if (read < OptionRules.ShortestHold)
        {
            fields.Refuse("blocksHeldFor", "is less than a minute: no address could be given out while etcd changes its leader");
            return null;
        }
        return read;
    }

    private static NftablesOwner? ReadOwner(FieldReader fields)
    {
        switch (fields.Text("nftablesOwner"))
        {
            case null:
                return null;
            case "auto":
                return NftablesOwner.Auto;
            case "off":
                return NftablesOwner.Off;
            case var other:
                fields.Refuse("nftablesOwner", $"{Quoted.Text(other)} is not known; write auto or off");
                return null;
        }
    }

    private static LogLevel? ReadLogLevel(FieldReader fields)
    {
        string? text = fields.Text("logLevel");
        if (text is null || LogLevels.TryGetValue(text, out LogLevel level) is false)
        {
            if (text is not null)
            {
                fields.Refuse("logLevel", $"{Quoted.Text(text)} is not known; write {string.Join(", ", LogLevels.Keys)}");
            }
            return null;
        }
        return level;
    }
}
