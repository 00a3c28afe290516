namespace Weft.CniPlugin.Invocation;

/// <summary>Values of CNI_COMMAND.</summary>
internal enum CniCommand
{
    Add,
    Del,
    Check,
    Gc,
    Status,
    Version,
}
