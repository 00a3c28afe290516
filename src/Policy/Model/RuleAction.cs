namespace Weft.Policy.Model;

/// <summary>What a rule does with what it matches.</summary>
public enum RuleAction
{
    Allow,
    Deny,

    /// <summary>The rest of its tier is skipped.</summary>
    Pass,
}
