using Google.Protobuf;
using Weft.Contracts.V1;
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
            ApplyOutcome outcome = entry is null ? ApplyOutcome.Created : IsSame(entry, declared) ? ApplyOutcome.Unchanged : ApplyOutcome.Configured;
            results.Add(new Applied { Kind = declared.Kind, Name = declared.FullName, Outcome = outcome });
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
    private async Task<List<DeclaredObject>> DeletePoliciesAsync(IReadOnlyCollection<DeclaredObject> objects, StoreTxn txn, CancellationToken cancellationToken)
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
        SayPolicyRevision(txn, objects.Count > 0);
        return missing;
    }

    private async Task<List<Resource>> ListPoliciesAsync(PolicyKind kind, string name, string home, CancellationToken cancellationToken)
    {
        bool namespaced = ResourceKind.IsNamespaced(kind.Name);
        if (namespaced && name.Split('/') is [var before, var after])
        {
            (home, name) = (home.Length == 0 || home == before ? before : "/", after);      // "/": of no object
        }
        string prefix = home.Length == 0 ? kind.Prefix : $"{kind.Prefix}{home}/";
        if (name.Length > 0 && (home.Length > 0 || !namespaced))
        {
            return await store.GetAsync(prefix + name, cancellationToken) is { } entry ? [kind.Read(entry)] : [];
        }
        StoreRange range = await store.RangeAsync(prefix, cancellationToken);
        return [.. range.Entries.Where(entry => name.Length == 0 || entry.Key.EndsWith($"/{name}", StringComparison.Ordinal)).Select(kind.Read)];
    }

    /// <summary>An object that this version cannot read is written anew.</summary>
    private static bool IsSame(StoreEntry entry, DeclaredPolicyObject declared)
    {
        try
        {
            return PolicyKind.MessageOf(PolicyKind.Find(declared.Kind)!.Read(entry)).Equals(declared.Message);
        }
        catch (StoreException)
        {
            return false;
        }
    }

    private static void SayPolicyRevision(StoreTxn txn, bool changed)
    {
        if (changed)
        {
            txn.Put(StoreKeys.PolicyRevision, ReadOnlyMemory<byte>.Empty);
        }
    }
}
