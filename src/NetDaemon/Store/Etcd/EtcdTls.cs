using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Weft.NetDaemon.Store.Etcd;

/// <summary>TLS as the options' files say. Files that change are read again: certificates are renewed while weftd runs.</summary>
internal sealed class EtcdTls(EtcdOptions options)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";    // id-kp-serverAuth, RFC 5280 section 4.2.1.12

    private readonly string[] _files = [.. new[] { options.CaFile, options.CertificateFile, options.KeyFile }.OfType<string>().Distinct()];

    /// <summary>Differs from an earlier one when a file has changed. Empty when there are no files.</summary>
    public string Stamp() => string.Join(' ', _files.Select(f =>
    {
        var info = new FileInfo(f);
        return info.Exists ? $"{info.LastWriteTimeUtc.Ticks}/{info.Length}" : "-";
    }));

    /// <exception cref="StoreException">A file cannot be read or does not hold what it should.</exception>
    public SslClientAuthenticationOptions Load()
    {
        var tls = new SslClientAuthenticationOptions();
        if (options.CaFile is { } caFile)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,        // as etcd's own tools; a private CA rarely publishes a list
            };
            policy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
            policy.CustomTrustStore.AddRange(ReadAll(caFile, "--etcd-ca"));
            tls.CertificateChainPolicy = policy;
        }
        if (options.CertificateFile is { } certificateFile)
        {
            X509Certificate2Collection chain = ReadAll(certificateFile, "--etcd-cert");
            X509Certificate2 own = WithKey(certificateFile, options.KeyFile ?? certificateFile);
            chain.RemoveAt(0);      // the first is weftd's own, by convention; what follows signed it
            tls.ClientCertificateContext = SslStreamCertificateContext.Create(own, chain, offline: true);
        }
        return tls;
    }

    private static X509Certificate2 WithKey(string certificateFile, string keyFile)
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"the key {keyFile} cannot be used with the certificate {certificateFile}: {e.Message}", e)
            {
                NextStep = "give the certificate's own private key, PEM and without a password, with --etcd-key",
            };
        }
    }

    private static X509Certificate2Collection ReadAll(string file, string option)
    {
        var certificates = new X509Certificate2Collection();
        string problem = "there is no certificate in it";
        try
        {
            certificates.ImportFromPemFile(file);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            problem = e.Message;
            certificates.Clear();
        }
        return certificates.Count > 0 ? certificates : throw new StoreException($"{file} ({option}) cannot be used: {problem}")
        {
            NextStep = $"give a PEM file with {option}",
        };
    }
}
