namespace Weft.Scripts.Tests;

/// <summary>scripts/lib/count-results on result files that real runs left.</summary>
public sealed class CountResultsTests
{
    private static Finished Count(params string[] projects) => Count([], projects);

    private static Finished Count(Dictionary<string, string?> environment, string[] projects) =>
        Shell.Run(
            Repository.File("scripts/lib/count-results"),
            [Path.Combine(AppContext.BaseDirectory, "Fixtures"), .. projects],
            environment);

    [Fact]
    public void A_run_without_failures_succeeds_and_counts_skipped_tests()
    {
        Finished run = Count("passing");
        Assert.Equal("3 passed, 0 failed, 2 skipped\n", run.Output);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public void Projects_are_added_up()
    {
        Finished run = Count("passing", "failing");
        Assert.Equal("3 passed, 2 failed, 2 skipped", run.LastLine);
        Assert.Equal(1, run.ExitCode);
    }

    [Fact]
    public void A_failed_test_is_named_with_its_message_unescaped()
    {
        Finished run = Count("failing");
        Assert.Contains("FAIL Bad.Throws", run.Output);
        Assert.Contains("System.InvalidOperationException : boom & <bust>", run.Output);
    }

    [Fact]
    public void A_project_without_results_fails()
    {
        Finished run = Count("passing", "absent");
        Assert.Contains("it left no results", run.Output);
        Assert.Equal("3 passed, 1 failed, 2 skipped", run.LastLine);
        Assert.Equal(1, run.ExitCode);
    }

    [Fact]
    public void A_run_whose_process_died_fails()
    {
        Finished run = Count("aborted");
        Assert.Contains("Test host process crashed", run.Output);
        Assert.Equal("0 passed, 1 failed, 0 skipped", run.LastLine);
        Assert.Equal(1, run.ExitCode);
    }

    [Fact]
    public void A_cleanup_that_fails_after_its_tests_passed_fails_the_run()
    {
        Finished run = Count("broken-cleanup");
        Assert.Equal("1 passed, 1 failed, 0 skipped", run.LastLine);
        Assert.Equal(1, run.ExitCode);
    }

    [Fact]
    public void A_project_that_ran_no_test_fails()
    {
        Finished run = Count("passing", "empty");
        Assert.Contains("it ran no test", run.Output);
        Assert.Equal(1, run.ExitCode);
    }

    [Fact]
    public void A_filter_may_leave_a_project_without_tests_but_not_all()
    {
        var filtered = new Dictionary<string, string?> { ["WEFT_COUNT_FILTERED"] = "1" };
        Assert.Equal(0, Count(filtered, ["passing", "empty"]).ExitCode);
        Finished none = Count(filtered, ["empty"]);
        Assert.Equal("0 passed, 1 failed, 0 skipped", none.LastLine);
        Assert.Equal(1, none.ExitCode);
    }

    [Fact]
    public void A_results_file_that_was_cut_short_fails()
    {
        Finished run = Count("cut-short");
        Assert.Contains("cut short", run.Output);
        Assert.Equal(1, run.ExitCode);
    }

    [Fact]
    public void An_exit_code_that_no_failed_test_explains_fails()
    {
        string directory = Directory.CreateTempSubdirectory("weft-results-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(directory, "project"));
            File.Copy(Path.Combine(AppContext.BaseDirectory, "Fixtures/passing/results.trx"), Path.Combine(directory, "project/results.trx"));
            File.WriteAllText(Path.Combine(directory, "project/exit"), "124\n");
            Finished run = Shell.Run(Repository.File("scripts/lib/count-results"), directory, "project");
            Assert.Contains("its exit code is 124", run.Output);
            Assert.Equal("3 passed, 1 failed, 2 skipped", run.LastLine);
            Assert.Equal(1, run.ExitCode);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void No_project_at_all_fails()
    {
        Finished run = Count();
        Assert.Equal("0 passed, 1 failed, 0 skipped", run.LastLine);
        Assert.Equal(1, run.ExitCode);
    }
}
