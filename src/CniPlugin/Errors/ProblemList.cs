namespace Weft.CniPlugin.Errors;

/// <summary>Collects everything that is wrong with an invocation, so that its author can put it right in one go.</summary>
internal sealed class ProblemList
{
    private readonly List<(CniErrorCode Code, string Text)> _problems = [];

    public int Count => _problems.Count;

    public void Add(CniErrorCode code, string text) => _problems.Add((code, text));

    public bool Has(CniErrorCode code)
    {
        foreach ((CniErrorCode Code, string Text) problem in _problems)
        {
            if (problem.Code == code)
            {
                return true;
            }
        }
        return false;
    }

    /// <exception cref="CniException">There are problems. It has the code of the first, and all their texts.</exception>
    public void ThrowIfAny()
    {
        if (_problems.Count > 0)
        {
            throw new CniException(ToError());
        }
    }

    /// <summary>One error for all problems, with the code of the first.</summary>
    public CniError ToError()
    {
        string[] texts = new string[_problems.Count];
        for (int i = 0; i < texts.Length; i++)
        {
            texts[i] = _problems[i].Text;
        }
        return new CniError(_problems[0].Code, string.Join("; ", texts));
    }
}
