namespace Weft.NetDaemon.Store.Etcd;

/// <param name="Since">When the first call failed since the last one that succeeded.</param>
/// <param name="Reason">The last failure, with the endpoint.</param>
/// <param name="NextStep">What the operator can do, one sentence.</param>
internal sealed record StoreAbsence(DateTimeOffset Since, string Reason, string NextStep);
