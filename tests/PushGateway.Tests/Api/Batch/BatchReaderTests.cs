using System.IO.Pipelines;
using System.Text;
using PushGateway.Api;
using PushGateway.Api.Batch;

namespace PushGateway.Tests.Api.Batch;

public class BatchReaderTests
{
    private const string Text = "first\n\nthird\r\n  \t\r\n\nsixth line\nlast";

    private static readonly string[] Lines = ["1 first", "3 third\r", "6 sixth line", "7 last"];

    [Fact]
    public async Task Lines_are_the_same_wherever_the_body_is_cut_into_parts()
    {
        for (var cut = 0; cut <= Text.Length; cut++)
            for (var next = cut; next <= Text.Length; next++)
                Assert.Equal(Lines, await ReadAsync(new ApiOptions(), Text[..cut], Text[cut..next], Text[next..]));
    }

    [Fact]
    public async Task Lines_are_the_same_byte_by_byte() => Assert.Equal(Lines, await ReadAsync(new ApiOptions(), [.. Text.Select(letter => $"{letter}")]));

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\r\n \n")]
    public async Task A_body_of_empty_lines_has_none(string text) => Assert.Empty(await ReadAsync(new ApiOptions(), text));

    [Fact]
    public async Task A_line_that_is_too_long_is_skipped_alone()
    {
        var limits = new ApiOptions { MaxBodyBytes = 10 };
        foreach (var length in new[] { 11, 12, 25, 1000 })
        {
            var text = $"0123456789\n{new string('x', length)}\nthird\n{new string('y', length)}";
            foreach (var part in new[] { 1, 3, 7, text.Length })
                Assert.Equal(
                    ["1 0123456789", "2 line is longer than 10 bytes.", "3 third", "4 line is longer than 10 bytes."],
                    await ReadAsync(limits, [.. text.Chunk(part).Select(letters => new string(letters))]));
        }
    }

    [Fact]
    public async Task An_empty_line_that_is_too_long_is_no_exception()
    {
        var text = $"{new string(' ', 11)}\nsecond";
        foreach (var part in new[] { 1, 5, text.Length })
            Assert.Equal(["1 line is longer than 10 bytes.", "2 second"], await ReadAsync(new ApiOptions { MaxBodyBytes = 10 }, [.. text.Chunk(part).Select(letters => new string(letters))]));
    }

    [Fact]
    public async Task No_more_is_held_of_a_line_than_it_may_have()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var reader = new BatchReader(pipe.Reader, new ApiOptions { MaxBodyBytes = 10_000 });
        var part = Encoding.ASCII.GetBytes(new string('x', 4_000));
        for (var i = 0; i < 1_000; i++)
        {
            await pipe.Writer.WriteAsync(part, TestContext.Current.CancellationToken);
            await reader.ReadAsync();
            Assert.Equal(i == 2, reader.TryTake(out _));
        }

        // What was let go of is all but what one read brings.
        await pipe.Writer.WriteAsync("\n{}\n"u8.ToArray(), TestContext.Current.CancellationToken);
        await reader.ReadAsync();
        Assert.True(reader.TryTake(out var line));
        Assert.Equal((2, "{}"), (line.Number, Encoding.ASCII.GetString(line.Text.Span)));
        line.Return();
        reader.Finish();
        Assert.False(pipe.Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_line_too_many_is_the_last_answered()
    {
        var limits = new ApiOptions { MaxBatchLines = 3 };
        Assert.Equal(["1 a", "3 b"], await ReadAsync(limits, "a\n\nb\n\n\n"));
        Assert.Equal(["1 a", "3 b", "5 body has more than 3 lines; this line and those behind it were not read."], await ReadAsync(limits, "a\n\nb\n\nc\nd\n"));
    }

    [Fact]
    public async Task A_batch_that_is_too_large_is_read_to_the_last_line_that_fits()
    {
        var limits = new ApiOptions { MaxBatchBytes = 10 };
        Assert.Equal(["1 aaaa", "2 bbbb"], await ReadAsync(limits, "aaaa\nbbbb\n"));
        foreach (var text in new[] { "aaaa\nbbbb\nc", "aaaa\nbbbb\n\n", "aaaa\nbbbb\ncccc\n" })
            foreach (var part in new[] { 1, 4, text.Length })
                Assert.Equal(
                    ["1 aaaa", "2 bbbb", "3 body is larger than 10 bytes; this line and those behind it were not read."],
                    await ReadAsync(limits, [.. text.Chunk(part).Select(letters => new string(letters))]));
        Assert.Equal(["1 aaaa", "2 body is larger than 10 bytes; this line and those behind it were not read."], await ReadAsync(limits, "aaaa\nbbbbbb\n"));
    }

    // Each part is a read of its own.
    private static async Task<List<string>> ReadAsync(ApiOptions limits, params string[] parts)
    {
        var pipe = new Pipe();
        var reader = new BatchReader(pipe.Reader, limits);
        List<string> read = [];
        foreach (var part in parts.Where(part => part.Length > 0))
        {
            await pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(part), TestContext.Current.CancellationToken);
            if (await reader.ReadAsync())
                Take();
        }

        await pipe.Writer.CompleteAsync();
        while (await reader.ReadAsync())
            Take();
        reader.Finish();
        return read;

        void Take()
        {
            while (reader.TryTake(out var line))
            {
                read.Add($"{line.Number} {line.Problem?.Detail ?? Encoding.UTF8.GetString(line.Text.Span)}");
                line.Return();
            }
        }
    }
}
