using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Weft.CniBench.Native;

/// <summary>Starts programs by posix_spawn and waits for them, with nothing else between the two clock readings.</summary>
internal static unsafe class PluginProcess
{
    /// <summary>Runs a program to its end.</summary>
    /// <param name="path">Absolute path; also the program's only argument.</param>
    /// <param name="environment">The whole environment, NAME=VALUE.</param>
    /// <param name="input">What it reads on standard input.</param>
    public static (Sample Sample, int ExitCode, string Output) Run(string path, IReadOnlyList<string> environment, ReadOnlySpan<byte> input)
    {
        // Files in memory, not pipes: nobody has to read while the program runs.
        using SafeFileHandle inputFile = MemoryFile("input");
        using SafeFileHandle outputFile = MemoryFile("output");
        RandomAccess.Write(inputFile, input, 0);
        using var arguments = new CStrings([path]);
        using var variables = new CStrings(environment);
        byte* actions = stackalloc byte[LibC.SpawnActionsSize];
        Check(LibC.ActionsInit(actions), "posix_spawn_file_actions_init");
        int status;
        ResourceUsage usage;
        long started, ended;
        try
        {
            Check(LibC.ActionsAddDup2(actions, (int)inputFile.DangerousGetHandle(), 0), "posix_spawn_file_actions_adddup2");
            Check(LibC.ActionsAddDup2(actions, (int)outputFile.DangerousGetHandle(), 1), "posix_spawn_file_actions_adddup2");
            started = Stopwatch.GetTimestamp();
            Check(LibC.Spawn(out int pid, path, actions, null, arguments.Pointer, variables.Pointer), $"start {path}");
            Wait(pid, out status, out usage);
            ended = Stopwatch.GetTimestamp();
        }
        finally
        {
            Check(LibC.ActionsDestroy(actions), "posix_spawn_file_actions_destroy");
        }
        byte[] output = new byte[RandomAccess.GetLength(outputFile)];
        RandomAccess.Read(outputFile, output, 0);
        var sample = new Sample(Stopwatch.GetElapsedTime(started, ended), usage.Cpu, usage.MaximumResidentKibibytes);
        return (sample, ExitCode(status), Encoding.UTF8.GetString(output));
    }

    /// <summary>Starts a program that keeps running, with this program's standard streams.</summary>
    /// <returns>Its process id.</returns>
    public static int Start(string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        using var values = new CStrings([path, .. arguments]);
        using var variables = new CStrings(environment);
        Check(LibC.Spawn(out int pid, path, null, null, values.Pointer, variables.Pointer), $"start {path}");
        return pid;
    }

    /// <summary>Waits for a child to end.</summary>
    /// <returns>Its exit code, or 128 and the signal that ended it.</returns>
    public static int Wait(int pid)
    {
        Wait(pid, out int status, out _);
        return ExitCode(status);
    }

    private static void Wait(int pid, out int status, out ResourceUsage usage)
    {
        const int eintr = 4;
        while (LibC.Wait4(pid, out status, 0, out usage) < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error != eintr)
            {
                throw new Win32Exception(error, $"wait4 {pid}");
            }
        }
    }

    private static int ExitCode(int status) => (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f);

    private static SafeFileHandle MemoryFile(string name)
    {
        const uint closeOnExec = 1;    // MFD_CLOEXEC
        int descriptor = LibC.MemoryFile(name, closeOnExec);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new Win32Exception(Marshal.GetLastPInvokeError(), "memfd_create");
    }

    private static void Check(int error, string operation)
    {
        if (error != 0)
        {
            throw new Win32Exception(error, operation);    // these return the error number
        }
    }
}
