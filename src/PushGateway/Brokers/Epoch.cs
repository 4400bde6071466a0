using System.Security.Cryptography;

namespace PushGateway.Brokers;

/// <summary>Makes the names of the lives of histories, for brokers.</summary>
public static class Epoch
{
    /// <summary>The length of every epoch, in characters and in bytes.</summary>
    public const int Length = 8;

    /// <summary>What an epoch is made of.</summary>
    public const string Characters = "abcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>One that no history had before: one of 36^8, close to 3 million million.</summary>
    public static string New() => RandomNumberGenerator.GetString(Characters, Length);
}
