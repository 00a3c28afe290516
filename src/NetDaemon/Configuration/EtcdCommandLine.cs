using System.CommandLine;

namespace Weft.NetDaemon.Configuration;

/// <summary>The command line's options for etcd.</summary>
internal sealed class EtcdCommandLine
{
    private readonly Option<string> _endpoints = DaemonCommandLine.Text("--etcd-endpoints", "URL,...", "Client URLs of etcd's members, such as https://10.0.0.1:2379");
    private readonly Option<string> _ca = DaemonCommandLine.Text("--etcd-ca", "FILE", "Certificates that etcd's are signed by, PEM (default: the system's)");
    private readonly Option<string> _cert = DaemonCommandLine.Text("--etcd-cert", "FILE", "Certificate to show to etcd, PEM");
    private readonly Option<string> _key = DaemonCommandLine.Text("--etcd-key", "FILE", "Private key of that certificate, PEM (default: in the certificate's file)");
    private readonly Option<string> _user = DaemonCommandLine.Text("--etcd-user", "NAME", "User of etcd's own authentication");
    private readonly Option<string> _password = DaemonCommandLine.Text("--etcd-password-file", "FILE", "File with that user's password on its first line");

    public IEnumerable<Option> All => [_endpoints, _ca, _cert, _key, _user, _password];

    public EtcdSettings Read(ParseResult parsed) => new()
    {
        Endpoints = parsed.GetValue(_endpoints)?.Split(',', StringSplitOptions.TrimEntries),
        CaFile = parsed.GetValue(_ca),
        CertificateFile = parsed.GetValue(_cert),
        KeyFile = parsed.GetValue(_key),
        User = parsed.GetValue(_user),
        PasswordFile = parsed.GetValue(_password),
    };
}
