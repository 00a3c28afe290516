using Weft.Manifests.Yaml;

namespace Weft.NetDaemon.Configuration;

/// <summary>Reads the object "etcd" of weftd.yaml.</summary>
internal static class EtcdConfigSection
{
    private const string Key = "etcd";

    /// <summary>What it says, or null when there is none.</summary>
    public static EtcdSettings? Read(FieldReader config)
    {
        FieldReader? fields = config.Object(Key);
        if (fields is null)
        {
            return null;
        }
        var settings = new EtcdSettings
        {
            Endpoints = ReadEndpoints(fields),
            CaFile = ConfigFile.Checked(fields, "ca", OptionRules.CheckFile),
            CertificateFile = ConfigFile.Checked(fields, "cert", OptionRules.CheckFile),
            KeyFile = ConfigFile.Checked(fields, "key", OptionRules.CheckFile),
            User = ConfigFile.Checked(fields, "user", user => user.Length == 0 ? "must not be empty" : null),
            PasswordFile = ConfigFile.Checked(fields, "passwordFile", OptionRules.CheckFile),
        };
        fields.RejectUnknown();
        return settings;
    }

    private static List<string>? ReadEndpoints(FieldReader fields)
    {
        if (fields.List("endpoints", required: true) is not { } list)
        {
            return null;
        }
        List<string> endpoints = [];
        foreach (YamlNode item in list.Items)
        {
            string? problem = item is YamlScalar scalar ? EtcdRules.CheckEndpoint(scalar.Text) : $"must be a list of URLs, and one is {item.Noun}";
            if (problem is not null)
            {
                fields.Refuse("endpoints", problem);
            }
            else
            {
                endpoints.Add(((YamlScalar)item).Text);
            }
        }
        return endpoints;
    }
}
