namespace Weft.Dataplane.Nftables.Wire;

/// <summary>Numbers of nf_tables' registers: 16 slots of 4 bytes, of which four together also have a number.</summary>
internal static class Register
{
    public const int Slots = 16;

    /// <summary>The number of the register that begins at a slot, as the kernel prints it (nft_dump_register).</summary>
    public static uint At(int slot) => slot % 4 == 0
        ? (uint)(slot / 4) + 1      // NFT_REG_1 to NFT_REG_4
        : (uint)slot + 8;           // NFT_REG32_00 is 8

    public const uint Verdict = 0;
}
