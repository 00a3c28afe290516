using System.CommandLine.Parsing;
using Weft.Policy.Objects;

namespace Weft.Cli.Commands;

/// <summary>How people write kinds on the command line.</summary>
internal static class KindNames
{
    /// <summary>What policies dropped on this node: no object of the store.</summary>
    public const string Drops = "Drops";

    private static readonly (string Kind, string[] Words)[] Kinds =
    [
        ("Node", ["nodes", "node", "no"]),
        ("Network", ["networks", "network", "net", "nets"]),
        ("Pool", ["pools", "pool", "po"]),
        ("Reservation", ["reservations", "reservation", "resv"]),
        ("Block", ["blocks", "block", "bl"]),
        ("Endpoint", ["endpoints", "endpoint", "ep", "eps"]),
        (PolicyKinds.NetworkPolicy, ["networkpolicies", "networkpolicy", "netpol", "netpols"]),
        (PolicyKinds.ClusterNetworkPolicy, ["clusternetworkpolicies", "clusternetworkpolicy", "cnp", "cnps"]),
        (PolicyKinds.HostPolicy, ["hostpolicies", "hostpolicy", "hp"]),
        (PolicyKinds.NetworkSet, ["networksets", "networkset", "netset", "netsets"]),
        (PolicyKinds.Namespace, ["namespaces", "namespace", "ns"]),
        (Drops, ["drops", "drop"]),
    ];

    /// <summary>The words that help and completion show.</summary>
    public static IEnumerable<string> Plurals => Kinds.Select(kind => kind.Words[0]);

    /// <summary>As <see cref="Plurals"/>, of one, and only what people write.</summary>
    public static IEnumerable<string> WritableSingulars => Kinds.Where(kind => kind.Kind is not ("Node" or "Block" or "Endpoint" or Drops)).Select(kind => kind.Words[1]);

    /// <summary>The word for many of a kind of the contract.</summary>
    public static string PluralOf(string kind) => Kinds.First(known => known.Kind == kind).Words[0];

    /// <summary>The contract's kind for a word in any case, or null.</summary>
    public static string? Find(string word) =>
        Kinds.FirstOrDefault(kind => kind.Words.Contains(word, StringComparer.OrdinalIgnoreCase)).Kind;

    /// <summary>Adds an error when the word is no kind.</summary>
    public static void Validate(ArgumentResult result)
    {
        foreach (Token token in result.Tokens)
        {
            if (Find(token.Value) is null)
            {
                result.AddError($"\"{token.Value}\" is not a kind; kinds are {string.Join(", ", Plurals)}");
            }
        }
    }
}
