using Weft.CniPlugin.Errors;
using Weft.CniPlugin.Invocation;
using Weft.Dataplane;
using Weft.Dataplane.Namespaces;

namespace Weft.CniPlugin.Wiring;

/// <summary>Opens CNI_NETNS, and refuses what must not be wired.</summary>
internal static class ContainerNamespace
{
    /// <exception cref="CniException">Code 8: the path cannot be opened, is no network namespace, or is the plugin's own.</exception>
    public static NetworkNamespace Open(CniInvocation invocation)
    {
        NetworkNamespace container = OpenPath(invocation.Netns);
        try
        {
            using NetworkNamespace own = NetworkNamespace.Current();
            if (container.IsSameAs(own) && !invocation.AllowsOwnNamespace)
            {
                throw new CniException(CniErrorCode.InvalidNamespace,
                    $"CNI_NETNS {invocation.Netns} is weft-cni's own network namespace, and a container must have another",
                    "set CNI_NETNS_OVERRIDE=1 if that is really meant");
            }
            return container;
        }
        catch
        {
            container.Dispose();
            throw;
        }
    }

    private static NetworkNamespace OpenPath(string path)
    {
        try
        {
            return NetworkNamespace.FromPath(path);
        }
        catch (KernelException e) when (e.Errno == Errno.ENOENT)
        {
            throw new CniException(CniErrorCode.InvalidNamespace, $"CNI_NETNS {path} does not exist");
        }
        catch (KernelException e) when (e.Errno == Errno.EINVAL)
        {
            throw new CniException(CniErrorCode.InvalidNamespace, $"CNI_NETNS {path} is no network namespace");
        }
        catch (KernelException e)
        {
            throw new CniException(CniErrorCode.InvalidNamespace, $"CNI_NETNS {path} cannot be opened: {e.Message}");
        }
    }
}
