namespace Weft.RuntimeTests.Lab;

/// <summary>A pod sandbox and the container in it.</summary>
/// <param name="Cri">The runtime it runs in.</param>
/// <param name="Id">Of the sandbox.</param>
/// <param name="Container">The container.</param>
internal sealed record Pod(Cri Cri, string Id, LabContainer Container)
{
    public Task StopAsync() => Cri.StopAsync(Id);

    public Task RemoveAsync() => Cri.RemoveAsync(Id);
}
