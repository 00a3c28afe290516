using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Weft.Dataplane.Native;

/// <summary>An open file descriptor; closed with its last owner.</summary>
internal sealed class FileDescriptor : SafeHandle
{
    /// <param name="number">The descriptor.</param>
    /// <param name="ownsHandle">Whether it is closed with this object: false for one of the three standard streams.</param>
    public FileDescriptor(int number, bool ownsHandle = true) : base(-1, ownsHandle) => SetHandle(number);

    public override bool IsInvalid => handle < 0;

    /// <summary>The descriptor's number, valid until it is disposed.</summary>
    public int Number
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return (int)handle;
        }
    }

    protected override bool ReleaseHandle() => LibC.close((int)handle) == 0;
}
