namespace Weft.RuntimeTests.Lab;

/// <summary>A node that the tests of a collection share, since starting a runtime takes long. Made when the first of them asks for it.</summary>
public abstract class RuntimeLab : IAsyncLifetime
{
    // An address is free again at once: no test has to care how many containers those before it had.
    private protected const string Config = "addressCoolDown: 0\n";

    private readonly Lazy<Task<HostState>> _clean;
    private RuntimeNode? _node;

    private protected RuntimeLab() => _clean = new Lazy<Task<HostState>>(MakeAsync);

    /// <summary>The node. Only after <see cref="CleanAsync"/>.</summary>
    internal RuntimeNode Node => _node!;

    /// <summary>How the node is without containers.</summary>
    internal Task<HostState> CleanAsync() => _clean.Value;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_node is not null)
        {
            await _node.DisposeAsync();
        }
    }

    /// <summary>Of the network that containers are put in.</summary>
    private protected abstract string Conflist { get; }

    /// <summary>Programs that must be there.</summary>
    private protected abstract IReadOnlyList<string> Programs { get; }

    /// <summary>Removes all containers: after a test that failed there may be some.</summary>
    internal async Task RemoveContainersAsync()
    {
        if (_node is not null)
        {
            await RemoveContainersAsync(_node);
        }
    }

    private protected abstract Task RemoveContainersAsync(RuntimeNode node);

    /// <summary>Starts the runtime, and runs one container to its end.</summary>
    private protected abstract Task PrepareAsync(RuntimeNode node);

    private async Task<HostState> MakeAsync()
    {
        KernelRequirement.Root();
        foreach (string program in Programs)
        {
            KernelRequirement.Program(program);
        }
        _node = await RuntimeNode.StartAsync(Config, Conflist);
        await PrepareAsync(_node);
        return await HostState.CleanAsync(_node);
    }
}
