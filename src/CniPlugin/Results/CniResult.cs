using Weft.CniPlugin.Configuration;

namespace Weft.CniPlugin.Results;

/// <summary>What an ADD made, apart from any version of the format.</summary>
internal sealed record CniResult(
    IReadOnlyList<ResultInterface> Interfaces, IReadOnlyList<ResultAddress> Addresses, IReadOnlyList<ResultRoute> Routes, DnsSettings Dns);
