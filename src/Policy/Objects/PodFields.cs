using System.Collections.Immutable;
using System.Net;
using Weft.Contracts.V1;
using Weft.Manifests.Yaml;
using Weft.Policy.Labels;
using Weft.Policy.Model;

namespace Weft.Policy.Objects;

/// <summary>
/// Reads what can send and receive: Pods and Nodes (v1), Endpoints (weft.dev/v1). Of Pods and Nodes only what policy needs is looked at; the rest, which is long and
/// grows with each Kubernetes, is not judged here.
/// </summary>
internal static class PodFields
{
    private static readonly string[] Ended = ["Succeeded", "Failed"];

    /// <summary>The pod, or null when it has ended or is wrong.</summary>
    public static PolicyEndpoint? ReadPod(FieldReader fields)
    {
        ObjectMeta meta = MetadataFields.Read(fields, namespaced: true);
        FieldReader? spec = fields.Object("spec");
        FieldReader? status = fields.Object("status");
        List<NamedPort> ports = [];
        if (spec is not null)
        {
            Lists.ForEach(spec, "containers", int.MaxValue, container => ReadContainerPorts(container, ports));
            Lists.ForEach(spec, "initContainers", int.MaxValue, container =>
            {
                if (container.Text("restartPolicy") == "Always")   // a sidecar: its ports serve as a container's do
                {
                    ReadContainerPorts(container, ports);
                }
            });
        }
        return Ended.Contains(status?.Text("phase")) ? null : new PolicyEndpoint(
            new EndpointName(meta.Namespace, meta.Name), LabelSet.From(meta.Labels), ReadPodAddresses(status), [.. ports.Distinct()],
            spec?.Text("nodeName") ?? "", spec?.Flag("hostNetwork") ?? false);
    }

    public static PolicyNode ReadNode(FieldReader fields)
    {
        ObjectMeta meta = MetadataFields.Read(fields, namespaced: false);
        ImmutableArray<IPAddress>.Builder addresses = ImmutableArray.CreateBuilder<IPAddress>();
        if (fields.Object("status") is { } status)
        {
            Lists.ForEach(status, "addresses", int.MaxValue, item =>
            {
                if (item.Text("type") is "InternalIP" or "ExternalIP")
                {
                    Add(item, "address", item.Text("address") ?? "", addresses);
                }
            });
        }
        fields.Ignore("spec");
        return new PolicyNode(meta.Name, LabelSet.From(meta.Labels), [.. addresses.Distinct()]);
    }

    /// <summary>As `weft get endpoints -o yaml` prints it, with spec.ports (name, port, protocol) where ports have names.</summary>
    public static PolicyEndpoint ReadEndpoint(FieldReader fields)
    {
        ObjectMeta meta = MetadataFields.Read(fields, namespaced: true);
        FieldReader? spec = fields.Object("spec");
        List<NamedPort> ports = [];
        if (spec is not null)
        {
            spec.Ignore("network");
            spec.Ignore("aliases");
            Lists.ForEach(spec, "ports", int.MaxValue, item =>
            {
                ReadPort(item, "port", ports);
                item.RejectUnknown();
            });
        }
        string node = spec?.Text("node") ?? "";
        spec?.RejectUnknown();
        ImmutableArray<IPAddress>.Builder addresses = ImmutableArray.CreateBuilder<IPAddress>();
        string hostInterface = "";
        if (fields.Object("status") is { } status)
        {
            hostInterface = status.Text("hostInterface") ?? "";
            foreach (string text in Lists.Texts(status, "addresses", int.MaxValue))
            {
                Add(status, "addresses", text, addresses);
            }
        }
        return new PolicyEndpoint(new EndpointName(meta.Namespace, meta.Name, hostInterface), LabelSet.From(meta.Labels), [.. addresses.Distinct()], [.. ports.Distinct()], node, HostNetwork: false);
    }

    private static ImmutableArray<IPAddress> ReadPodAddresses(FieldReader? status)
    {
        ImmutableArray<IPAddress>.Builder addresses = ImmutableArray.CreateBuilder<IPAddress>();
        if (status is not null)
        {
            if (status.Text("podIP") is { Length: > 0 } address)
            {
                Add(status, "podIP", address, addresses);
            }
            Lists.ForEach(status, "podIPs", int.MaxValue, item => Add(item, "ip", item.Text("ip") ?? "", addresses));
        }
        return [.. addresses.Distinct()];
    }

    private static void ReadContainerPorts(FieldReader container, List<NamedPort> into) =>
        Lists.ForEach(container, "ports", int.MaxValue, item => ReadPort(item, "containerPort", into));

    private static void ReadPort(FieldReader item, string numberKey, List<NamedPort> into)
    {
        string? name = item.Text("name");
        uint? number = item.Number(numberKey, 1, 65535, "a port of 1 to 65535");
        string protocolText = item.Text("protocol") ?? "TCP";
        if (L4Protocols.FromManifest(protocolText) is not { } protocol)
        {
            item.Refuse("protocol", $"{Quoted.Text(protocolText)} is not known; known are TCP, UDP, SCTP");
        }
        else if (name is { Length: > 0 })
        {
            if (LabelRules.CheckPortName(name) is { } wrong)
            {
                item.Refuse("name", $"{Quoted.Text(name)} {wrong}");
            }
            else if (number is { } value)
            {
                into.Add(new NamedPort(name, protocol, (ushort)value));
            }
        }
    }

    private static void Add(FieldReader fields, string key, string text, ImmutableArray<IPAddress>.Builder into)
    {
        if (AddressNumber.TryParse(text, out IPAddress? address) && !address.IsIPv4MappedToIPv6)
        {
            into.Add(address);
        }
        else
        {
            fields.Refuse(key, $"{Quoted.Text(text)} is not an address such as 10.83.0.5 or fd00:1::5");
        }
    }
}
