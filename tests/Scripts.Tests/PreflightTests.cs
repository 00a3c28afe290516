namespace Weft.Scripts.Tests;

/// <summary>What scripts say on a machine that lacks something.</summary>
public sealed class PreflightTests
{
    // In a mount namespace of its own, where the thing is hidden: nothing of the machine changes.
    private static Finished Without(string hide, string command) => Shell.Run("unshare", "--mount", "--propagation", "private", "bash", "-c", $"""
        set -e
        {hide}
        cd /
        {command} </dev/null
        """);

    private const string NoSdk = """
        for directory in "$(dirname "$(readlink -f "$(command -v dotnet)")")" /usr/share/dotnet /usr/lib/dotnet /usr/local/share/dotnet; do
            if [ -d "$directory" ]; then mount -t tmpfs none "$directory"; fi
        done
        export HOME=/nonexistent
        unset DOTNET_ROOT
        """;

    private const string NoApt = """
        tools=$(mktemp -d)
        for tool in bash id basename dirname rm; do ln -s "$(command -v $tool)" "$tools"; done
        trap 'rm -rf "$tools"' EXIT
        PATH=$tools
        """;

    [SkippableTheory]
    [InlineData("demo")]
    [InlineData("test")]
    [InlineData("build")]
    public void Without_the_SDK_scripts_name_the_version_and_the_package(string script)
    {
        Requires.Root();
        Finished run = Without(NoSdk, Repository.File($"scripts/{script}"));
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(".NET SDK not found", run.Errors);
        Assert.Contains("dotnet-sdk-10.0", run.Errors);
    }

    [SkippableFact]
    public void Without_apt_missing_packages_are_listed()
    {
        Requires.Root();
        Finished run = Without(NoApt, $". '{Repository.Root}/scripts/lib/common.sh'; need_packages 'to try' lld=no-such-program clang=bash");
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("missing: lld (to try)", run.Errors);
        Assert.Contains("no apt-get", run.Errors);
    }

    [SkippableTheory]
    [InlineData("demo")]
    [InlineData("test")]
    [InlineData("install")]
    public void Without_root_scripts_say_so(string script)
    {
        Requires.Root();    // only root can become nobody
        // As nobody, who can read a checkout but may be kept out of the directories above it: hence the bind mount.
        Finished run = Without(
            $"mount --bind '{Repository.Root}' /mnt",
            $"setpriv --reuid 65534 --regid 65534 --clear-groups /mnt/scripts/{script}");
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("must run as root", run.Errors);
        Assert.Contains("sudo", run.Errors);
    }

    [SkippableFact]
    public void A_test_run_that_cannot_start_still_ends_with_the_line_that_counts()
    {
        Requires.Root();
        Finished run = Without(NoSdk, Repository.File(".ci/run"));
        Assert.Equal(1, run.ExitCode);
        Assert.Equal("0 passed, 1 failed, 0 skipped", run.LastLine);
    }
}
