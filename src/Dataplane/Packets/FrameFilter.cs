namespace Weft.Dataplane.Packets;

/// <summary>A condition on frames that the kernel tests before it copies any: some 32-bit words have certain values (classic BPF, linux/filter.h).</summary>
public sealed class FrameFilter
{
    private const ushort LoadWord = 0x20;        // BPF_LD | BPF_W | BPF_ABS: network byte order
    private const ushort JumpIfEqual = 0x15;     // BPF_JMP | BPF_JEQ | BPF_K
    private const ushort Return = 0x06;          // BPF_RET | BPF_K
    private const uint All = 0x4_0000;           // bytes of the frame to keep

    private FrameFilter(ulong[] instructions) => Instructions = instructions;

    /// <summary>struct sock_filter: code, jt, jf, k; each as one number in host byte order.</summary>
    internal ulong[] Instructions { get; }

    /// <summary>All of the words are there and as given.</summary>
    /// <param name="words">Offset from the beginning of the frame, in bytes, and value; at most 100.</param>
    public static FrameFilter Words(params ReadOnlySpan<(int Offset, uint Value)> words)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(words.Length, 100);
        var program = new ulong[(words.Length * 2) + 2];
        for (int i = 0; i < words.Length; i++)
        {
            // To the last instruction, which drops, when it is another value.
            byte toDrop = (byte)(program.Length - 1 - ((i * 2) + 1) - 1);
            program[i * 2] = Instruction(LoadWord, 0, (uint)words[i].Offset);
            program[(i * 2) + 1] = Instruction(JumpIfEqual, toDrop, words[i].Value);
        }
        program[^2] = Instruction(Return, 0, All);
        program[^1] = Instruction(Return, 0, 0);
        return new FrameFilter(program);
    }

    private static ulong Instruction(ushort code, byte ifNot, uint value) =>
        BitConverter.IsLittleEndian ? code | ((ulong)ifNot << 24) | ((ulong)value << 32) : throw new PlatformNotSupportedException("big-endian");
}
