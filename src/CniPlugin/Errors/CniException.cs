namespace Weft.CniPlugin.Errors;

/// <summary>The plugin itself refuses what it was asked for.</summary>
internal sealed class CniException(CniError error) : Exception(error.Message)
{
    public CniException(CniErrorCode code, string message, string details = "") : this(new CniError(code, message, details))
    {
    }

    public CniError Error { get; } = error;
}
