using Weft.Dataplane.Netlink;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary>Something of a packet that can be loaded into registers.</summary>
internal abstract record NftField(string Name, NftDataType Type)
{
    /// <summary>Establishes what must hold for the field to mean anything.</summary>
    public virtual void Require(ref NetlinkWriter writer, RuleContext context)
    {
    }

    /// <summary>Loads the field, from a slot on.</summary>
    public abstract void Load(ref NetlinkWriter writer, RuleContext context, int slot);

    /// <summary>Tells the context that the field was found equal to a value.</summary>
    public virtual void Learn(RuleContext context, NftValue value)
    {
    }

    /// <summary>The map that loading looks up, or null.</summary>
    public virtual string? ReferencedSet => null;
}
