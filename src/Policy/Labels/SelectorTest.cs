namespace Weft.Policy.Labels;

/// <summary>How one requirement of a selector looks at a label (metav1.LabelSelectorOperator).</summary>
public enum SelectorTest
{
    /// <summary>The key is there with one of the values.</summary>
    In,

    /// <summary>The key is absent, or has none of the values.</summary>
    NotIn,

    /// <summary>The key is there, also with an empty value.</summary>
    Exists,

    /// <summary>The key is absent.</summary>
    DoesNotExist,
}
