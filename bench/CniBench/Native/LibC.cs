using System.Runtime.InteropServices;

namespace Weft.CniBench.Native;

/// <summary>The C functions that starting a process precisely and making a namespace need (glibc and musl).</summary>
internal static unsafe partial class LibC
{
    public const int CloneNewNet = 0x40000000;    // CLONE_NEWNET, linux/sched.h
    public const ulong MsBind = 4096;             // MS_BIND, linux/mount.h
    public const int MntDetach = 2;               // MNT_DETACH, umount2(2)

    /// <summary>More than sizeof(posix_spawn_file_actions_t) of any libc here: 80 bytes in glibc, 80 in musl.</summary>
    public const int SpawnActionsSize = 256;

    // The process is started with vfork semantics: the caller stops until the child has executed. Process.Start does much more.
    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Spawn(out int pid, string path, byte* actions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int ActionsInit(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int ActionsAddDup2(byte* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int ActionsDestroy(byte* actions);

    [LibraryImport("libc", EntryPoint = "wait4", SetLastError = true)]
    public static partial int Wait4(int pid, out int status, int options, out ResourceUsage usage);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MemoryFile(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    public static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Mount(string source, string target, string? type, ulong flags, void* data);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unmount(string target, int flags);
}
