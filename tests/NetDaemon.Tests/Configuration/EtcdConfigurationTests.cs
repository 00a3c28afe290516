using Weft.NetDaemon.Configuration;
using Weft.NetDaemon.Store.Etcd;

namespace Weft.NetDaemon.Tests.Configuration;

public sealed class EtcdConfigurationTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly StringWriter _error = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void The_command_line_names_everything()
    {
        EtcdOptions etcd = Accepted("", "--store", "etcd", "--etcd-endpoints", "https://10.0.0.1:2379,https://[fd00::2]:2379", "--etcd-ca", "/e/ca",
            "--etcd-cert", "/e/cert", "--etcd-key", "/e/key", "--etcd-user", "weft", "--etcd-password-file", "/e/password");

        Assert.Equal(["https://10.0.0.1:2379/", "https://[fd00::2]:2379/"], etcd.Endpoints.Select(e => e.AbsoluteUri));
        Assert.Equal(("/e/ca", "/e/cert", "/e/key", "weft", "/e/password"), (etcd.CaFile, etcd.CertificateFile, etcd.KeyFile, etcd.User, etcd.PasswordFile));
    }

    [Fact]
    public void The_config_file_names_everything_and_the_command_line_wins()
    {
        EtcdOptions etcd = Accepted("""
            store: etcd
            etcd:
              endpoints: ["https://10.0.0.1:2379", "https://10.0.0.2:2379"]
              ca: /e/ca
              cert: /e/cert
              key: /e/key
              user: weft
              passwordFile: /e/password
            """, "--etcd-endpoints", "https://10.9.9.9:2379", "--etcd-cert", "/other/cert-and-key");

        Assert.Equal("https://10.9.9.9:2379/", Assert.Single(etcd.Endpoints).AbsoluteUri);
        Assert.Equal(("/e/ca", "/other/cert-and-key", null, "weft", "/e/password"),
            (etcd.CaFile, etcd.CertificateFile, etcd.KeyFile, etcd.User, etcd.PasswordFile));
    }

    [Fact]
    public void Everything_wrong_in_the_config_file_is_reported_at_once()
    {
        string file = _directory.File("weftd.yaml");
        AssertRefused($"""
            {file}:3: etcd.endpoints: "10.0.0.1:2379" is not the URL of an etcd member; write one such as https://10.0.0.1:2379
            {file}:3: etcd.endpoints: "https://10.0.0.1:2379/v3" has more than scheme, host and port; write https://10.0.0.1:2379
            {file}:4: etcd.ca: "ca.pem" is not the absolute path of a file
            {file}:5: etcd: unknown field "password"; known are ca, cert, endpoints, key, passwordFile, user

            """, """
            store: etcd
            etcd:
              endpoints: ["10.0.0.1:2379", "https://10.0.0.1:2379/v3"]
              ca: ca.pem
              password: secret
            """);
    }

    [Theory]
    [InlineData("--store needs endpoints", "weftd: --store etcd needs --etcd-endpoints URL,... (etcd.endpoints in the config file)\n", "--store", "etcd")]
    [InlineData("endpoints need a store", "weftd: --etcd-endpoints and the other options for etcd need --store etcd\n", "--etcd-endpoints", "http://a:1")]
    [InlineData("a wrong URL", "weftd: --etcd-endpoints: \"ftp://a\" is not the URL of an etcd member; write one such as https://10.0.0.1:2379\n",
        "--store", "etcd", "--etcd-endpoints", "http://a:1,ftp://a")]
    [InlineData("TLS files need TLS",
        "weftd: --etcd-ca, --etcd-cert and --etcd-key are for TLS, but no endpoint is an https URL; write https:// in --etcd-endpoints\n",
        "--store", "etcd", "--etcd-endpoints", "http://a:1", "--etcd-ca", "/ca")]
    [InlineData("a key needs its certificate", "weftd: --etcd-key is the key of a certificate; give that with --etcd-cert\n",
        "--store", "etcd", "--etcd-endpoints", "https://a:1", "--etcd-key", "/key")]
    [InlineData("a user needs a password", "weftd: --etcd-user needs --etcd-password-file FILE, with the password on the file's first line\n",
        "--store", "etcd", "--etcd-endpoints", "https://a:1", "--etcd-user", "weft")]
    [InlineData("a password needs a user", "weftd: --etcd-password-file needs --etcd-user NAME\n",
        "--store", "etcd", "--etcd-endpoints", "https://a:1", "--etcd-password-file", "/p")]
    public void What_does_not_go_together_is_refused(string why, string message, params string[] arguments)
    {
        Assert.NotEmpty(why);
        AssertRefused(message, "", arguments);
    }

    private EtcdOptions Accepted(string config, params string[] arguments)
    {
        DaemonCommand command = Parse(config, arguments);
        Assert.Equal("", _error.ToString());
        Assert.Equal("etcd", command.Options!.Store);
        return EtcdRules.ToOptions(command.Options.Etcd);
    }

    private void AssertRefused(string message, string config, params string[] arguments)
    {
        DaemonCommand command = Parse(config, arguments);
        Assert.Equal((DaemonVerb.Exit, DaemonCommandLine.WrongUsage), (command.Verb, command.ExitCode));
        Assert.Equal(message, _error.ToString());
    }

    private DaemonCommand Parse(string config, string[] arguments)
    {
        string file = _directory.File("weftd.yaml");
        File.WriteAllText(file, config);
        return DaemonCommandLine.Parse([.. arguments, "--config", file], new StringWriter(), _error, "host-1");
    }
}
