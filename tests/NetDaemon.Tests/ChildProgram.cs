using Weft.NetDaemon.Tests.Attachments;

namespace Weft.NetDaemon.Tests;

/// <summary>What a test runs in a process of its own, to kill it or to give it mounts of its own.</summary>
public static class ChildProgram
{
    public static int Main(string[] args)
    {
        try
        {
            switch (args)
            {
                case ["write-ledger", string directory]:
                    LedgerChild.WriteUntilKilled(directory);
                    return 0;
                case ["fill-disk", string directory]:
                    LedgerChild.FillDisk(directory);
                    return 0;
                default:
                    Console.Error.WriteLine("this is a test assembly: run it with `dotnet test`");
                    return 2;
            }
        }
        catch (Exception e)
        {
            Console.Error.WriteLine(e);
            return 1;
        }
    }
}
