using Weft.Policy.Evaluation;
using Weft.Policy.Model;

namespace Weft.Policy.Analysis;

/// <summary>Runs assertions against a world.</summary>
public static class PolicyTestRunner
{
    public static IReadOnlyList<PolicyTestResult> Run(PolicyWorld world, IEnumerable<PolicyTest> tests)
    {
        var evaluator = new PolicyEvaluator(world);
        var explainer = new PolicyExplainer(evaluator);
        return [.. tests.Select(test => Run(evaluator, explainer, test))];
    }

    private static PolicyTestResult Run(PolicyEvaluator evaluator, PolicyExplainer explainer, PolicyTest test)
    {
        try
        {
            foreach (Flow flow in FlowQuestions.Flows(evaluator.World, test.From, test.To, test.Port))
            {
                if (evaluator.Evaluate(flow).Allowed != test.Allow)
                {
                    return new PolicyTestResult(test, false, [$"{flow} is {(test.Allow ? "denied" : "allowed")}", .. explainer.Explain(flow).Lines]);
                }
            }
            return new PolicyTestResult(test, true, []);
        }
        catch (QuestionException e)
        {
            return new PolicyTestResult(test, false, [e.Message]);
        }
    }
}
