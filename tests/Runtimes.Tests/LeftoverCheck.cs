[assembly: TestFramework("Weft.TestSupport.LeftoverCheckingFramework", "Weft.TestSupport")]
