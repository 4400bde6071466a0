using System.Diagnostics.CodeAnalysis;
using PushGateway.Protocol;

namespace PushGateway.Connections;

/// <summary>Why a client does not get what it asks for: an error in reply to its command, or the end of its connection.</summary>
internal sealed record Refusal(ErrorResult? Error, CloseReason? End = null)
{
    [return: NotNullIfNotNull(nameof(error))]
    public static implicit operator Refusal?(ErrorResult? error) => error is null ? null : new Refusal(error);

    public static implicit operator Refusal(CloseReason end) => new(null, end);

    /// <summary>Tells the client.</summary>
    /// <param name="connection">Whose command it was.</param>
    /// <param name="id">The id of the command.</param>
    public void Tell(Connection connection, uint id)
    {
        if (End is not null)
            connection.Close(End);
        else
            connection.Send(new Reply(id, Error!));
    }
}
