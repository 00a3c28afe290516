using Weft.Contracts.V1;
using Weft.Manifests;
using Weft.Policy.Model;
using Weft.Policy.Objects;

namespace Weft.Cli.Commands;

/// <summary>Makes a world of manifests, without a daemon.</summary>
internal static class PolicyWorldFiles
{
    /// <exception cref="CliException">A file cannot be read, or anything in one is wrong; all problems are told.</exception>
    public static PolicyWorld Read(PolicyWorld world, IReadOnlyList<string> names, CliHost host) => Read(world, ManifestFiles.Read(names, host.Input), host);

    /// <inheritdoc cref="Read(PolicyWorld, IReadOnlyList{string}, CliHost)"/>
    public static PolicyWorld Read(PolicyWorld world, IEnumerable<Manifest> manifests, CliHost host)
    {
        try
        {
            PolicyManifests read = PolicyManifestReader.Read(manifests.Select(manifest => (manifest.Source, manifest.Text)), out IReadOnlyList<string> passedOver);
            foreach (string other in passedOver)
            {
                host.Error.WriteLine(Output.Printable.Line($"weft: {other} is passed over: policy does not look at it (of workloads, only their Pods are known)"));
            }
            return read.AddTo(world);
        }
        catch (ManifestException e)
        {
            throw new CliException(ExitCode.WrongUsage, e.Message);
        }
    }
}
