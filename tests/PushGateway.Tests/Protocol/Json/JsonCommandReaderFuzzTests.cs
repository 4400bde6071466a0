using System.Diagnostics;
using System.Globalization;
using System.Text;
using PushGateway.Protocol;
using PushGateway.Protocol.Json;

namespace PushGateway.Tests.Protocol.Json;

/// <summary>
/// Whatever bytes a client sends, the reader answers, soon, and never throws. The seed is new in every run; a failure prints it, and
/// <c>PUSHGATEWAY_TEST_SEED</c> brings it back.
/// </summary>
public class JsonCommandReaderFuzzTests
{
    private const int Frames = 220_000;
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(60);

    private static readonly byte[][] Valid = [.. new[]
    {
        """{"id":1,"connect":{"token":"t","name":"js","version":"1.2","data":{"a":[1,2,{"b":null}]},"headers":{"x":"y"}}}""",
        """{"id":2,"subscribe":{"channel":"news","token":"t","recover":true,"epoch":"abcd","offset":7,"flag":2,"tf":{"k":"v"},"delta":"fossil"}}""",
        """{"id":3,"unsubscribe":{"channel":"chat:lobby#42,43"}}""",
        """{"id":4,"publish":{"channel":"chat:lobby","data":{"text":"\u0041\ud83d\ude00 čaj","n":-1.5e-10,"b":[true,false,null]}}}""",
        """{"id":5,"history":{"channel":"x","limit":10,"since":{"offset":1,"epoch":"e"},"reverse":true}}""",
        """{"id":6,"rpc":{"method":"m","data":[[[[[[]]]]]]}}""",
        """{"send":{"data":"x"}}""",
        """{"id":8,"ping":{}}""",
        "{}",
        "{\"id\":1,\"connect\":{}}\n{\"id\":2,\"subscribe\":{\"channel\":\"a\"}}\n{\"id\":3,\"publish\":{\"channel\":\"a\",\"data\":1}}\n",
        """{"\u0069d":9,"\u0070ublish":{"\u0063hannel":"\u0061","data":"\ud800"}}""",
    }.Select(Encoding.UTF8.GetBytes)];

    private static readonly byte[] Telling = "{}[]\",:\\\n\r\t u0d8-+eE.1truefalsnil/"u8.ToArray();

    [Fact]
    public void Any_bytes_are_read_or_refused_and_what_is_read_reads_the_same_again()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("PUSHGATEWAY_TEST_SEED"), CultureInfo.InvariantCulture, out var given)
            ? given
            : Random.Shared.Next();
        var random = new Random(seed);
        var clock = Stopwatch.StartNew();
        var accepted = 0;
        for (var i = 0; i < Frames; i++)
        {
            var frame = i % 4 == 0 ? RandomBytes(random) : Mutated(random);
            try
            {
                accepted += Check(frame);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"Seed {seed}, frame {i}: {Convert.ToHexString(frame)}", failure);
            }

            if (clock.Elapsed > MostTime)
                Assert.Fail($"Seed {seed}: only {i} frames in {MostTime}.");
        }

        Assert.True(accepted > Frames / 100, $"Seed {seed}: {accepted} commands were accepted, too few for the mutations to mean anything.");
    }

    private static int Check(byte[] frame)
    {
        var accepted = 0;
        ReadOnlyMemory<byte> message = frame;
        do
        {
            var before = message;
            if (!JsonProtocol.Instance.TryRead(ref message, out var command))
                return accepted;

            Assert.True(message.Length < before.Length, "Nothing was used up.");
            var again = new ReadOnlyMemory<byte>(before[..^message.Length].ToArray());
            Assert.True(JsonProtocol.Instance.TryRead(ref again, out var same));
            Assert.True(again.IsEmpty);
            AssertSame(command, same);
            accepted++;
        }
        while (!message.IsEmpty);

        return accepted;
    }

    private static void AssertSame(Command one, Command other)
    {
        if (one.Request is PublishRequest { Data: var data } publish && other.Request is PublishRequest { Data: var otherData } otherPublish)
        {
            Assert.Equal((one.Id, publish.Channel), (other.Id, otherPublish.Channel));
            Assert.True(data.Span.SequenceEqual(otherData.Span));
            return;
        }

        Assert.Equal(one, other);
    }

    private static byte[] RandomBytes(Random random)
    {
        var bytes = new byte[random.Next(200)];
        if (random.Next(2) == 0)
            random.NextBytes(bytes);
        else
            random.GetItems(Telling, bytes);
        return bytes;
    }

    private static byte[] Mutated(Random random)
    {
        List<byte> bytes = [.. Valid[random.Next(Valid.Length)]];
        for (var mutations = random.Next(1, 4); mutations > 0 && bytes.Count > 0; mutations--)
        {
            var at = random.Next(bytes.Count);
            var length = random.Next(1, Math.Min(24, bytes.Count - at) + 1);
            switch (random.Next(7))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes.RemoveRange(at, bytes.Count - at); break;
                case 2: bytes.RemoveRange(at, length); break;
                case 3: bytes.Insert(at, Telling[random.Next(Telling.Length)]); break;
                case 4: bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length)); break;
                case 5: bytes[at] = (byte)random.Next(256); break;
                default: bytes.AddRange(Valid[random.Next(Valid.Length)]); break;
            }
        }

        return [.. bytes];
    }
}
