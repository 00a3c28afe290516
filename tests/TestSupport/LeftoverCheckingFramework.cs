using System.Reflection;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Weft.TestSupport;

/// <summary>
/// Runs a test assembly and checks afterwards that <see cref="MachineState"/> is what it was before and that no namespace was left open.
/// Switched on by <c>[assembly: TestFramework("Weft.TestSupport.LeftoverCheckingFramework", "Weft.TestSupport")]</c>. A leftover is
/// reported as a failed clean-up of the assembly, which fails the run.
/// </summary>
public sealed class LeftoverCheckingFramework(IMessageSink messageSink) : XunitTestFramework(messageSink)
{
    protected override ITestFrameworkExecutor CreateExecutor(AssemblyName assemblyName) =>
        new Executor(assemblyName, SourceInformationProvider, DiagnosticMessageSink);

    private sealed class Executor(AssemblyName name, ISourceInformationProvider sources, IMessageSink diagnostics)
        : XunitTestFrameworkExecutor(name, sources, diagnostics)
    {
        // The base class has it so: xunit does not wait for it, but for the messages that it sends.
        protected override async void RunTestCases(
            IEnumerable<IXunitTestCase> testCases, IMessageSink executionMessageSink, ITestFrameworkExecutionOptions executionOptions)
        {
            using var runner = new Runner(TestAssembly, testCases, DiagnosticMessageSink, executionMessageSink, executionOptions);
            await runner.RunAsync();
        }
    }

    private sealed class Runner(
        ITestAssembly assembly,
        IEnumerable<IXunitTestCase> testCases,
        IMessageSink diagnostics,
        IMessageSink execution,
        ITestFrameworkExecutionOptions options)
        : XunitTestAssemblyRunner(assembly, testCases, diagnostics, execution, options)
    {
        private readonly IReadOnlyList<string> _before = MachineState.Read();
        private readonly int _heldBefore = MachineState.HeldNamespaces();

        protected override Task BeforeTestAssemblyFinishedAsync()
        {
            Aggregator.Run(() =>
            {
                Assert.Empty(MachineState.Difference(_before, MachineState.Read()));
                Assert.Equal(_heldBefore, MachineState.HeldNamespaces());
            });
            return base.BeforeTestAssemblyFinishedAsync();
        }
    }
}
