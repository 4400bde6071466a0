using PushGateway.Channels;

namespace PushGateway.Api;

/// <summary>The body of <c>POST /v1/presence/query</c>.</summary>
internal sealed class PresenceQueryRequest
{
    private const string Field = "users";

    public IReadOnlyList<string?>? Users { get; set; }

    /// <summary>Reads a body.</summary>
    /// <param name="body">The whole body.</param>
    /// <param name="maxUsers">How many users it may name, each as often as it stands there.</param>
    /// <returns>The ids, in their order.</returns>
    /// <exception cref="InvalidRequestException">Names the field at fault.</exception>
    public static IReadOnlyList<string> Read(ReadOnlyMemory<byte> body, int maxUsers)
    {
        var users = ApiJson.Read(body, ApiJson.Default.PresenceQueryRequest).Users ?? throw new InvalidRequestException(Field, "is missing");
        if (users.Count == 0)
            throw new InvalidRequestException(Field, "must not be empty");

        if (users.Count > maxUsers)
            throw new InvalidRequestException(Field, $"names {users.Count}, and {maxUsers} is the most");

        for (var i = 0; i < users.Count; i++)
            if (!ChannelName.IsUser(users[i], out var why))
                throw new InvalidRequestException($"{Field}[{i}]", why);

        return users!;
    }
}
