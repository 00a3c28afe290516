using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.Manifests.Yaml;
using Weft.NetDaemon.Manifests;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Api;

/// <content>
/// Policies and what they select by. Each depends on nothing else, so a change is conditional on the changed keys alone: it reads no endpoint and waits for no
/// change of networks.
/// </content>
internal sealed partial class ResourceStore
{
    /// <summary>Adds to a transaction what applying these objects writes, on condition that nobody changes them meanwhile.</summary>
    /// <returns>What becomes of each, in the order given.</returns>
    private async Task<List<Applied>> ApplyPoliciesAsync(IEnumerable<DeclaredPolicyObject> objects, StoreTxn txn, CancellationToken cancellationToken)
    {
        List<Applied> results = [];
        foreach (DeclaredPolicyObject declared in objects)
        {
            string key = PolicyKind.KeyOf(declared);
            StoreEntry? entry = await store.GetAsync(key, cancellationToken);
            Resource? before = entry is null ? null : TryRead(entry, declared.Kind);
            Resource after = PolicyKind.AsResource(declared.Message);
            ApplyOutcome outcome = entry is null ? ApplyOutcome.Created : after.Equals(before) ? ApplyOutcome.Unchanged : ApplyOutcome.Configured;
            results.Add(new Applied { Kind = declared.Kind, Name = declared.FullName, Outcome = outcome, Before = before, After = after });
            if (outcome != ApplyOutcome.Unchanged)
            {
                txn.If(key, entry?.ModRevision ?? 0).Put(key, declared.Message.ToByteArray());
            }
        }
        SayPolicyRevision(txn, results.Any(result => result.Outcome != ApplyOutcome.Unchanged));
        return results;
    }

    /// <summary>Adds to a transaction the deletion of these objects, on condition that nobody changes them meanwhile.</summary>
    /// <returns>Those that do not exist.</returns>
    private async Task<List<DeclaredObject>> DeletePoliciesAsync(DeclaredObject[] objects, StoreTxn txn, CancellationToken cancellationToken)
    {
        List<DeclaredObject> missing = [];
        foreach (DeclaredObject declared in objects)
        {
            string key = PolicyKind.KeyOf(declared);
            if (await store.GetAsync(key, cancellationToken) is { } entry)
            {
                txn.If(key, entry.ModRevision).Delete(key);
            }
            else
            {
                missing.Add(declared);
            }
        }
        SayPolicyRevision(txn, objects.Length > 0);
        return missing;
    }

    private async Task<List<Resource>> ListPoliciesAsync(PolicyKind kind, string name, string home, CancellationToken cancellationToken)
    {
        bool namespaced = ResourceKind.IsNamespaced(kind.Name);
        if (namespaced)
        {
            (home, name) = SplitName(name, home);
        }
        string prefix = home.Length == 0 ? kind.Prefix : $"{kind.Prefix}{home}/";
        if (name.Length > 0 && (home.Length > 0 || !namespaced))
        {
            return await store.GetAsync(prefix + name, cancellationToken) is { } entry ? [kind.Read(entry)] : [];
        }
        StoreRange range = await store.RangeAsync(prefix, cancellationToken);
        return [.. range.Entries.Where(entry => name.Length == 0 || entry.Key.EndsWith($"/{name}", StringComparison.Ordinal)).Select(kind.Read)];
    }

    /// <summary>An object that this version cannot read is written anew: null.</summary>
    private static Resource? TryRead(StoreEntry entry, string kind)
    {
        try
        {
            return PolicyKind.Find(kind)!.Read(entry);
        }
        catch (StoreException)
        {
            return null;
        }
    }

    /// <summary>Namespace and name of NAME, or of NAMESPACE/NAME.</summary>
    /// <param name="home">The namespace, or empty: the one in the name, if there is one.</param>
    /// <exception cref="ResourceException">The name is of another namespace.</exception>
    public static (string Home, string Name) SplitName(string name, string home)
    {
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
        {
            return (home, name);
        }
        string named = name[..slash];
        return home.Length == 0 || home == named
            ? (named, name[(slash + 1)..])
            : throw new ResourceException(RefusalReason.Invalid, $"{Quoted.Text(name)} is of namespace {Quoted.Text(named)}, not {Quoted.Text(home)}; leave one of them out");
    }

    private static void SayPolicyRevision(StoreTxn txn, bool changed)
    {
        if (changed)
        {
            txn.Put(StoreKeys.PolicyRevision, ReadOnlyMemory<byte>.Empty);
        }
    }
}
