using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http;
using PushGateway.Transports.Sockets;
using HttpMethod = Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http.HttpMethod;

namespace PushGateway.Tests.Fuzz;

/// <summary>What the reader of handshakes takes, the server's own parser takes as well, and finds the same in it.</summary>
internal sealed class HandshakeProperty() : Property("handshakes", Encoding.Latin1.GetBytes("\r\n\r\n: ,?#[]\"\0\t/%AZ09=\u00ff\u0080"))
{
    private static readonly HttpParser<Parsed> Parser = new();

    public override void Check(Mutator mutator, byte[] input)
    {
        if (!UpgradeRequest.TryRead(input, out var request))
            return;

        Accepted++;
        Require(request.Length <= input.Length && input.AsSpan(0, request.Length).EndsWith("\r\n\r\n"u8), "Its end is elsewhere.");
        Require(!UpgradeRequest.TryRead(input.AsSpan(0, request.Length - 1), out _), "A part of it is one, too.");

        var parsed = Parse(input, request.Length);
        Require(parsed is { Method: HttpMethod.Get, Version: HttpVersion.Http11, Path: "/connection/websocket" }, "It asks for something else.");
        Require(parsed.HasQuery == request.HasQuery, "It has a query, or none.");
        Require(parsed.Values("Host") is [var host] && host == Text(request.Host), "The host is another one.");
        Require(request.HasOrigin ? parsed.Values("Origin") is [var origin] && origin == Text(request.Origin) : parsed.Values("Origin") is [], "The origin is another one.");
        Require(parsed.Values("Sec-WebSocket-Version") is ["13"] && parsed.Values("Sec-WebSocket-Key") is [{ Length: 24 }], "It is no handshake.");
        Require(parsed.Values("Upgrade").Contains("websocket", StringComparer.OrdinalIgnoreCase), "It asks for no upgrade.");
        Require(parsed.Values("Connection").SelectMany(value => value.Split(',')).Any(option => option.Trim().Equals("upgrade", StringComparison.OrdinalIgnoreCase)), "It has no such option.");
        Require(parsed.Values("Content-Length") is [] && parsed.Values("Transfer-Encoding") is [], "It has a body.");
        foreach (var name in parsed.Headers.Select(header => header.Name).Distinct(StringComparer.OrdinalIgnoreCase))
            Require(parsed.Values(name).SequenceEqual(Values(request, name)), "A header is found with other values.");

        Span<byte> answer = stackalloc byte[256];
        Require(answer[..request.WriteAnswer(answer)].EndsWith("\r\n\r\n"u8), "The answer does not end.");
    }

    private static Parsed Parse(byte[] input, int length)
    {
        var reader = new SequenceReader<byte>(new ReadOnlySequence<byte>(input));
        var parsed = new Parsed();
        Require(Parser.ParseRequestLine(parsed, ref reader) && Parser.ParseHeaders(parsed, ref reader), "The server takes it for a part.");
        Require(reader.Consumed == length, "The server ends it elsewhere.");
        return parsed;
    }

    private static List<string> Values(in UpgradeRequest request, string name)
    {
        var values = new List<string>();
        while (request.TryGetHeader(Encoding.Latin1.GetBytes(name), values.Count, out var value))
            values.Add(Text(value));
        return values;
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    private sealed class Parsed : IHttpRequestLineHandler, IHttpHeadersHandler
    {
        public HttpMethod Method { get; private set; }

        public HttpVersion Version { get; private set; }

        public string Path { get; private set; } = "";

        public bool HasQuery { get; private set; }

        public List<(string Name, string Value)> Headers { get; } = [];

        public string[] Values(string name) => [.. Headers.Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value)];

        public void OnStartLine(HttpVersionAndMethod versionAndMethod, TargetOffsetPathLength targetPath, Span<byte> startLine)
        {
            (Method, Version) = (versionAndMethod.Method, versionAndMethod.Version);
            Path = Text(startLine.Slice(targetPath.Offset, targetPath.Length));
            HasQuery = startLine.Length > targetPath.Offset + targetPath.Length; // The version is not in it.
        }

        public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => Headers.Add((Text(name), Text(value)));

        public void OnHeadersComplete(bool endStream)
        {
        }

        public void OnStaticIndexedHeader(int index) => throw new NotSupportedException();

        public void OnStaticIndexedHeader(int index, ReadOnlySpan<byte> value) => throw new NotSupportedException();
    }
}
