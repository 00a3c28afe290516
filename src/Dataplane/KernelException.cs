namespace Weft.Dataplane;

/// <summary>A system call failed.</summary>
public class KernelException : Exception
{
    /// <summary>What was attempted, such as "create bridge weft1".</summary>
    public required string Operation { get; init; }

    /// <summary>Kernel error number, positive (errno(3)).</summary>
    public required Errno Errno { get; init; }

    /// <summary>"create bridge weft1: EEXIST" with what else the kernel said.</summary>
    public override string Message => $"{Operation}: {Errno}";
}
