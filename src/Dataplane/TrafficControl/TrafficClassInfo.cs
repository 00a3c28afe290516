namespace Weft.Dataplane.TrafficControl;

/// <summary>A class of an htb discipline as the kernel describes it.</summary>
/// <param name="Minor">Its minor number.</param>
/// <param name="Limit">Its limit; its ceiling is taken to be the same.</param>
public sealed record TrafficClassInfo(ushort Minor, RateLimit Limit);
