using Weft.Contracts;
using Weft.Contracts.Cni;
using Weft.Manifests.Yaml;

namespace Weft.NetDaemon.Attachments;

/// <summary>
/// Which Network an ADD is for, by name: what the CNI configuration's "network" says, which is its administrator's word; else the call's label; else the container's label in containerd.
/// Else none of them, and the configuration's own name decides.
/// </summary>
internal static class NetworkWish
{
    /// <summary>The request with its Network named, where a label does that.</summary>
    /// <param name="request">Checked by <see cref="AttachRequestReader"/>. Not changed.</param>
    /// <param name="container">The container's labels in containerd, or null when they are not known.</param>
    /// <exception cref="RefusedException">The label names nothing that a Network can be called.</exception>
    public static AttachRequest Apply(AttachRequest request, IReadOnlyDictionary<string, string>? container)
    {
        if (request.WeftNetwork.Length > 0)
        {
            return request;
        }
        if (!request.Labels.TryGetValue(WeftLabels.Network, out string? wanted) && container?.TryGetValue(WeftLabels.Network, out wanted) != true)
        {
            return request;
        }
        if (!ResourceName.IsLabel(wanted!))
        {
            throw new RefusedException(
                RefusalReason.BadRequest, $"the container's label {WeftLabels.Network} is {Quoted.Text(wanted!)}, which no Network can be called", "name one of `weft get networks`, or leave the label out");
        }
        AttachRequest named = request.Clone();
        named.WeftNetwork = wanted;
        return named;
    }
}
