using Weft.NetDaemon.Store.Etcd;
using Weft.Manifests.Yaml;

namespace Weft.NetDaemon.Configuration;

/// <summary>What the settings for etcd may be, alone and together.</summary>
internal static class EtcdRules
{
    /// <summary>What is wrong with one endpoint and what to write, or null.</summary>
    public static string? CheckEndpoint(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps) || url.Host.Length == 0)
        {
            return $"{Quoted.Text(text)} is not the URL of an etcd member; write one such as https://10.0.0.1:2379";
        }
        return url.PathAndQuery != "/" || url.UserInfo.Length > 0 || url.Fragment.Length > 0
            ? $"{Quoted.Text(text)} has more than scheme, host and port; write {url.Scheme}://{url.Authority}"
            : null;
    }

    /// <summary>What is wrong with the settings together: one line each, that names the options.</summary>
    /// <param name="store">Which store is chosen.</param>
    /// <param name="settings">Each checked by itself.</param>
    public static IEnumerable<string> CheckTogether(string store, EtcdSettings settings)
    {
        if (store != "etcd")
        {
            if (!settings.IsEmpty)
            {
                yield return "--etcd-endpoints and the other options for etcd need --store etcd";
            }
            yield break;
        }
        if (settings.Endpoints is not { Count: > 0 } endpoints)
        {
            yield return "--store etcd needs --etcd-endpoints URL,... (etcd.endpoints in the config file)";
            yield break;
        }
        bool files = settings.CaFile is not null || settings.CertificateFile is not null || settings.KeyFile is not null;
        if (files && !endpoints.Any(e => e.StartsWith("https:", StringComparison.OrdinalIgnoreCase)))
        {
            yield return "--etcd-ca, --etcd-cert and --etcd-key are for TLS, but no endpoint is an https URL; write https:// in --etcd-endpoints";
        }
        if (settings.KeyFile is not null && settings.CertificateFile is null)
        {
            yield return "--etcd-key is the key of a certificate; give that with --etcd-cert";
        }
        if ((settings.User is null) != (settings.PasswordFile is null))
        {
            yield return settings.User is null
                ? "--etcd-password-file needs --etcd-user NAME"
                : "--etcd-user needs --etcd-password-file FILE, with the password on the file's first line";
        }
    }

    /// <summary>The options that <see cref="CheckTogether"/> found nothing wrong with.</summary>
    public static EtcdOptions ToOptions(EtcdSettings settings) => new()
    {
        Endpoints = [.. settings.Endpoints!.Select(e => new Uri(e))],
        CaFile = settings.CaFile,
        CertificateFile = settings.CertificateFile,
        KeyFile = settings.KeyFile,
        User = settings.User,
        PasswordFile = settings.PasswordFile,
    };
}
