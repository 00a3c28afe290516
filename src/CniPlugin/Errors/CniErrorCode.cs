namespace Weft.CniPlugin.Errors;

/// <summary>Error codes of the CNI specification 1.1.0 ("Error"), of libcni, and from 100 on our own.</summary>
internal enum CniErrorCode
{
    IncompatibleVersion = 1,
    UnsupportedField = 2,        // the message names key and value
    UnknownContainer = 3,        // tells the runtime that no DEL is needed
    InvalidEnvironment = 4,      // the message names the variables
    InputOutput = 5,
    Undecodable = 6,
    InvalidConfiguration = 7,
    InvalidNamespace = 8,        // ErrInvalidNetNS of libcni's pkg/types
    TryAgainLater = 11,
    NotAvailable = 50,           // STATUS: ADD cannot be served
    LimitedConnectivity = 51,    // STATUS: nor may existing containers be reachable
    PoolExhausted = 100,
    AlreadyAttached = 101,
    AddressInUse = 102,
    KernelRefused = 103,
    DaemonDefect = 104,
    CheckFailed = 105,
    InterfaceExists = 106,
    PortInUse = 107,             // a published port leads to another container; the message names it
    Internal = 999,              // ErrInternal of libcni's pkg/types: a defect of the plugin itself
}
