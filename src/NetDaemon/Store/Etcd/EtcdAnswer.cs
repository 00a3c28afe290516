namespace Weft.NetDaemon.Store.Etcd;

/// <param name="Message">What etcd answered.</param>
/// <param name="Endpoint">The member that did, as in messages.</param>
/// <param name="Asked">The highest revision that was known when the question was sent.</param>
internal readonly record struct EtcdAnswer<T>(T Message, string Endpoint, long Asked);
