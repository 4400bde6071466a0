using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace PushGateway.IntegrationTests.Security;

/// <summary>A back end on a socket of its own that is asked about clients, and answers what a test wants it to.</summary>
internal sealed class FarEnd : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FarEnd(WebApplication app) => _app = app;

    /// <summary>Where it listens.</summary>
    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>What it was asked.</summary>
    public ConcurrentQueue<Question> Questions { get; } = [];

    /// <summary>How it answers. At first: that it is a user.</summary>
    public Func<HttpContext, Question, Task> Answer { get; set; } = Says("""{"result":{"user":"42"}}""");

    public static async Task<FarEnd> StartAsync(Func<HttpContext, Question, Task>? answer = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var farEnd = new FarEnd(app);
        if (answer is not null)
            farEnd.Answer = answer;
        app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            var headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            var question = new Question(context.Request.Path, headers, body.ToArray());
            farEnd.Questions.Enqueue(question);
            await farEnd.Answer(context, question);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return farEnd;
    }

    /// <summary>Answers always the same.</summary>
    public static Func<HttpContext, Question, Task> Says(string body, int status = 200, string type = "application/json") => async (context, _) =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        await context.Response.WriteAsync(body);
    };

    /// <summary>Answers nothing until the one who asks has gone.</summary>
    public static Func<HttpContext, Question, Task> IsSilent(Action? left = null) => async (context, _) =>
    {
        var gone = new TaskCompletionSource();
        await using (context.RequestAborted.Register(gone.SetResult))
            await gone.Task;
        left?.Invoke();
    };

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>What it was asked.</summary>
    public sealed record Question(string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)
    {
        public string Text => Encoding.UTF8.GetString(Body);

        public JsonElement Json => JsonElement.Parse(Body);
    }
}
