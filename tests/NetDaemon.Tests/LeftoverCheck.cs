// Tests leave the machine's own links, routes and rules as they were, and no namespace open.
[assembly: TestFramework("Weft.TestSupport.LeftoverCheckingFramework", "Weft.TestSupport")]
