namespace PushGateway.Protocol;

/// <summary>How a publication's data travels.</summary>
internal enum PublicationForm
{
    /// <summary>As it is.</summary>
    Plain,

    /// <summary>Whole, to a client that takes differences; in JSON as a string.</summary>
    Whole,

    /// <summary>As a difference from the publication before it; in JSON as a string.</summary>
    Delta,
}
