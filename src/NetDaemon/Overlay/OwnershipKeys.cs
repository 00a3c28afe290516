using System.Diagnostics.CodeAnalysis;
using System.Net;
using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Overlay;

/// <summary>A sort of keys that say which node has which addresses.</summary>
internal abstract class OwnershipKeys
{
    /// <summary>Blocks of pools.</summary>
    public static readonly OwnershipKeys Blocks = new BlockKeys();

    /// <summary>Single addresses away from their blocks. An entry's pool is its network.</summary>
    public static readonly OwnershipKeys Moved = new MovedKeys();

    public abstract string Prefix { get; }

    /// <summary>Name of the condition in `weft status`.</summary>
    public abstract string Condition { get; }

    /// <summary>What one is called.</summary>
    public abstract string Noun { get; }

    /// <summary>What an entry says, or in a few words what is wrong with it.</summary>
    public abstract bool TryRead(StoreEntry entry, [NotNullWhen(true)] out OwnedBlock? block, [NotNullWhen(false)] out string? problem);

    private static T? Parse<T>(MessageParser<T> parser, StoreEntry entry, string noun, out string? problem)
        where T : class, IMessage<T>
    {
        problem = null;
        try
        {
            return parser.ParseFrom(entry.Value.Span);
        }
        catch (InvalidProtocolBufferException e)
        {
            problem = $"is no {noun}: {e.Message}";
            return null;
        }
    }

    private sealed class BlockKeys : OwnershipKeys
    {
        public override string Prefix => StoreKeys.Blocks;

        public override string Condition => HealthBoard.Blocks;

        public override string Noun => "block";

        public override bool TryRead(StoreEntry entry, [NotNullWhen(true)] out OwnedBlock? block, [NotNullWhen(false)] out string? problem)
        {
            block = null;
            if (Parse(Block.Parser, entry, Noun, out problem) is not { } read)
            {
                problem ??= "is no block";
                return false;
            }
            if (!Cidr.TryParse(read.Cidr, out Cidr cidr) || entry.Key != StoreKeys.Block(read.Pool, read.Cidr))
            {
                problem = $"is the block \"{read.Cidr}\" of pool \"{read.Pool}\"";
                return false;
            }
            problem = null;
            block = new OwnedBlock(read.Pool, cidr, read.Owner, read.Epoch, entry.ModRevision);
            return true;
        }
    }

    private sealed class MovedKeys : OwnershipKeys
    {
        public override string Prefix => StoreKeys.Moved;

        public override string Condition => HealthBoard.Moved;

        public override string Noun => "moved address";

        public override bool TryRead(StoreEntry entry, [NotNullWhen(true)] out OwnedBlock? block, [NotNullWhen(false)] out string? problem)
        {
            block = null;
            if (Parse(MovedAddress.Parser, entry, Noun, out problem) is not { } read)
            {
                problem ??= "is no moved address";
                return false;
            }
            if (!AddressNumber.TryParse(read.Address, out IPAddress? address) || entry.Key != StoreKeys.MovedAddress(read.Network, read.Address))
            {
                problem = $"is the address \"{read.Address}\" of network \"{read.Network}\"";
                return false;
            }
            problem = null;
            block = new OwnedBlock(read.Network, Cidr.Containing(address, address.GetAddressBytes().Length * 8), read.Owner, read.Epoch, entry.ModRevision);
            return true;
        }
    }
}
