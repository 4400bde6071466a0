using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PushGateway.Presence;

namespace PushGateway.Benchmarks.Presence;

/// <summary>
/// What presence costs Redis: at rest, beside the usual way on the same Redis in the same run, and for each thing that happens. One node, whose members have no sockets: these do not
/// get as far as Redis.
/// </summary>
internal static class PresenceCost
{
    // Each with a tenth of the members.
    private const int Channels = 10;

    private const int AtOnce = 500, Alone = 500, Counts = 2000, Reads = 20;

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);

    private static readonly MembershipRules Room = new(Announces: true, LeaveDelay: TimeSpan.Zero);

    private static readonly MembershipRules Own = new(Announces: false, LeaveDelay: TimeSpan.Zero, new UserPresenceRules(TimeSpan.FromDays(30), Announces: false));

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not ["--redis", var redis])
        {
            Console.Error.WriteLine("Say which Redis to use, with nothing else to do: --redis HOST:PORT");
            return 2;
        }

        await using var meter = await RedisMeter.ConnectAsync(redis);
        await using var node = await StartNodeAsync(redis);
        var presence = node.Services.GetRequiredService<IPresence>();
        List<string> rest = [], each = [];

        // What is done for the first time is slow.
        await MeasureAsync(meter, presence, 1_000, [], [], TimeSpan.FromSeconds(1));
        foreach (var members in (int[])[0, 1_000, 10_000, 50_000])
        {
            Console.Error.WriteLine($"{members} members");
            await MeasureAsync(meter, presence, members, rest, each, Rest);
        }

        Console.WriteLine("| present members | by leases: commands a second | bytes in | bytes out | Redis CPU, ms a second | by a timer: commands a second | bytes in | bytes out | Redis CPU, ms a second |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        rest.ForEach(Console.WriteLine);
        Console.WriteLine();
        Console.WriteLine("| of so many members | what | Redis CPU, µs | commands | bytes in | bytes out |");
        Console.WriteLine("|---|---|---|---|---|---|");
        each.ForEach(Console.WriteLine);
        return 0;
    }

    private static async Task MeasureAsync(RedisMeter meter, IPresence presence, int count, List<string> rest, List<string> each, TimeSpan resting)
    {
        var members = Enumerable.Range(0, count)
            .Select(i => (Channel: Text($"room:{i % Channels}"), User: Text($"user-{i}"), Connection: Guid.NewGuid()))
            .ToArray();
        var rooms = Array.ConvertAll(members, member => new Membership(member.Channel, member.Connection, member.User, Room));
        var owns = Array.ConvertAll(members, member => new Membership("#" + member.User, member.Connection, member.User, Own));

        Add($"joining a channel, {AtOnce} at once", await meter.MeasureAsync(() => ForEachAsync(rooms, room => presence.JoinAsync(room, default).AsTask())), count);
        Add($"a user coming online, {AtOnce} at once", await meter.MeasureAsync(() => ForEachAsync(owns, own => presence.JoinAsync(own, default).AsTask())), count);
        var byLeases = await meter.MeasureAsync(() => Task.Delay(resting));
        if (count > 0)
        {
            var inChannel = count / Channels;
            var guests = Enumerable.Range(0, Alone).Select(i => new Membership("room:0", Guid.NewGuid(), Text($"guest-{i}"), Room)).ToArray();
            Add("joining a channel, alone", await meter.MeasureAsync(() => OneByOneAsync(guests, guest => presence.JoinAsync(guest, default).AsTask())), Alone);
            Add("leaving a channel, alone", await meter.MeasureAsync(() => OneByOneAsync(guests, guest => presence.LeaveAsync(guest, mayReturn: true))), Alone);
            Add(
                $"counting a channel with {inChannel:N0}",
                await meter.MeasureAsync(() => ForEachAsync(new int[Counts], _ => presence.CountAsync("room:0", default).AsTask())),
                Counts);
            Add(
                $"reading all of a channel with {inChannel:N0}",
                await meter.MeasureAsync(async () =>
                {
                    for (var i = 0; i < Reads; i++)
                        await ReadAsync(presence, inChannel);
                }),
                Reads);
        }

        Add($"leaving a channel, {AtOnce} at once", await meter.MeasureAsync(() => ForEachAsync(rooms, room => presence.LeaveAsync(room, mayReturn: true))), count);
        await ForEachAsync(owns, own => presence.LeaveAsync(own, mayReturn: true));

        var timer = new RefreshByTimer(meter.Database, members);
        await timer.JoinAsync();
        var byTimer = count > 0 ? (await meter.MeasureAsync(timer.RunAsync)).PerSecond() : "0 | 0 | 0 | 0";
        await timer.ClearAsync();
        rest.Add($"| {count:N0} | {byLeases.PerSecond()} | {byTimer} |");

        void Add(string what, RedisWork work, int times)
        {
            if (times > 0)
                each.Add($"| {count:N0} | {what} | {work.Each(times)} |");
        }
    }

    private static async Task ForEachAsync<T>(T[] items, Func<T, Task> action)
    {
        foreach (var part in items.Chunk(AtOnce))
            await Task.WhenAll(part.Select(action));
    }

    private static async Task OneByOneAsync<T>(T[] items, Func<T, Task> action)
    {
        foreach (var item in items)
            await action(item);
    }

    private static async Task ReadAsync(IPresence presence, int expected)
    {
        var read = 0;
        string? after = null;
        do
        {
            var page = await presence.ReadAsync("room:0", new PresenceQuery(IPresence.MaxPageSize, after), default);
            read += page.Members.Count;
            after = page.Next;
        }
        while (after is not null);

        if (read != expected)
            throw new InvalidOperationException($"{read} members were read, not {expected}.");
    }

    private static async Task<WebApplication> StartNodeAsync(string redis)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = Environments.Development });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Configuration["urls"] = "http://127.0.0.1:0";
        builder.Services.AddPushGateway().AddRedis(redis);
        var node = builder.Build();
        await node.StartAsync();
        return node;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
