using System.Text;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Redis.Brokers;
using PushGateway.Redis.PubSub;
using PushGateway.Redis.Publishing;

namespace PushGateway.Tests.Redis;

public sealed class PublishEncoderTests
{
    private readonly ChannelKeys _keys = new("pg");
    private readonly FakeTimeProvider _time = new();
    private readonly RedisClock _clock;
    private readonly CommandWriter _commands = new();

    public PublishEncoderTests() => _clock = new RedisClock(_time);

    [Theory]
    [InlineData(false, "PUBLISH")]
    [InlineData(true, "SPUBLISH")]
    public void What_keeps_nothing_is_a_bare_command(bool isSharded, string word)
    {
        var publication = new Publication("{\"a\":1}"u8.ToArray(), new Dictionary<string, string> { ["k"] = "é" });

        new PublishEncoder(_keys, _clock).WritePlain(_commands, new PublishRequest("news", publication, PublishOptions.Default), isSharded);

        Assert.Equal([word, "pg:c:{news}", EnvelopeOf(publication)], WordsWritten());
    }

    [Fact]
    public void The_script_gets_its_keys_and_arguments()
    {
        var publication = new Publication("1"u8.ToArray()) { Lifetime = TimeSpan.FromSeconds(5) };
        var limits = new HistoryLimits(100, TimeSpan.FromMinutes(5), TimeSpan.FromHours(1));
        var key = new IdempotencyKey("once", "0123456789abcdef"u8.ToArray(), TimeSpan.FromMinutes(1));
        var request = new PublishRequest("news", publication, new PublishOptions(limits, key, Version: PublishOptions.MaxVersion));

        new PublishEncoder(_keys, _clock).WriteScript(_commands, in request, isSharded: true, "hash"u8);

        var words = WordsWritten();
        Assert.Equal(Epoch.Length, words[9].Length);
        words[9] = "epoch";
        Assert.Equal(
            ["EVALSHA", "hash", "3", "pg:m:{news}", "pg:h:{news}", _keys.Idempotency("news", "once"), "SPUBLISH", "pg:c:{news}", EnvelopeOf(publication), "epoch",
                "100", "300000", "3600000", "9007199254740991", "0123456789abcdef", "60000"],
            words);
    }

    [Fact]
    public void What_is_not_asked_for_is_empty()
    {
        var publication = new Publication("1"u8.ToArray());

        new PublishEncoder(_keys, _clock).WriteScript(_commands, new PublishRequest("news", publication, new PublishOptions(Version: 0)), isSharded: false, "hash"u8);

        var words = WordsWritten();
        Assert.Equal(["EVALSHA", "hash", "2", "pg:m:{news}", "pg:h:{news}", "PUBLISH", "pg:c:{news}"], words[..7]);
        Assert.Equal(["0", "1", "86400000", "0", "", "1"], words[9..]);
    }

    [Fact]
    public void Commands_follow_each_other_in_one_buffer_that_grows()
    {
        var encoder = new PublishEncoder(_keys, _clock);
        var publications = Enumerable.Range(0, 100).Select(i => new Publication(Encoding.UTF8.GetBytes(new string('x', i * 37)))).ToArray();

        foreach (var publication in publications)
            encoder.WritePlain(_commands, new PublishRequest("news", publication, PublishOptions.Default), isSharded: false);

        Assert.Equal(publications.SelectMany(publication => new[] { "PUBLISH", "pg:c:{news}", EnvelopeOf(publication) }), WordsWritten());
    }

    [Fact]
    public void When_it_was_taken_is_told_by_the_clock_of_Redis()
    {
        var now = _time.GetUtcNow();
        _clock.SampleMicroseconds(now, (now - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond - 5);

        new PublishEncoder(_keys, _clock).WritePlain(
            _commands, new PublishRequest("news", new Publication("1"u8.ToArray()) { TakenAt = now }, PublishOptions.Default), isSharded: false);

        Assert.Equal(EnvelopeOf(new Publication("1"u8.ToArray()) { TakenAt = now.AddMicroseconds(-5) }), WordsWritten()[2]);
    }

    [Theory]
    [InlineData("news")]
    [InlineData("#42")]
    [InlineData("orders:eu.west-1")]
    public void The_slot_of_a_channel_is_that_of_its_keys(string channel)
    {
        Assert.Equal(HashSlot.Of(Encoding.UTF8.GetBytes(_keys.Topic(channel))), PublishEncoder.SlotOf(channel));
        Assert.Equal(HashSlot.Of(Encoding.UTF8.GetBytes(_keys.Idempotency(channel, "key"))), PublishEncoder.SlotOf(channel));
    }

    private static string EnvelopeOf(Publication publication)
    {
        var envelope = new byte[Envelope.GetLength(publication)];
        Envelope.Write(publication, envelope);
        return Encoding.Latin1.GetString(envelope);
    }

    /// <summary>All words of all commands.</summary>
    private List<string> WordsWritten()
    {
        var words = new List<string>();
        var rest = Encoding.Latin1.GetString(_commands.Written);
        while (rest.Length > 0)
        {
            Assert.Equal('*', rest[0]);
            for (var count = TakeNumber(); count > 0; count--)
            {
                Assert.Equal('$', rest[0]);
                var length = TakeNumber();
                words.Add(rest[..length]);
                Assert.Equal("\r\n", rest.Substring(length, 2));
                rest = rest[(length + 2)..];
            }
        }

        return words;

        int TakeNumber()
        {
            var end = rest.IndexOf("\r\n", StringComparison.Ordinal);
            var number = int.Parse(rest[1..end], System.Globalization.CultureInfo.InvariantCulture);
            rest = rest[(end + 2)..];
            return number;
        }
    }
}
