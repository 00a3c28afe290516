namespace Weft.Policy.Compilation;

/// <summary>A set in use.</summary>
internal sealed class SetState(SetSource source)
{
    public SetSource Source => source;

    public SetId Id => source.Id;

    /// <summary>Classes whose rules name it.</summary>
    public int Users { get; set; }

    /// <summary>Elements, with how many endpoints or nodes give each: an address may have a new owner before the old one is gone.</summary>
    public Dictionary<SetElement, int> Elements { get; } = [];
}
