// Reports what tests leave behind on the machine as a failure of the run.
[assembly: TestFramework("Weft.TestSupport.LeftoverCheckingFramework", "Weft.TestSupport")]
