namespace Weft.RuntimeTests.Lab;

/// <summary>Tests of one node with containerd, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class ContainerdCollection : ICollectionFixture<ContainerdLab>
{
    public const string Name = "containerd";
}
