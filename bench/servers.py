"""The servers that are measured and what is measured: one entry each, and nowhere else."""
import os, pathlib, tempfile

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = pathlib.Path(os.environ.get("PUSHGATEWAY", HERE.parent))  # the checkout whose gateway is measured
WORK = pathlib.Path(os.environ.get("BENCH_WORK", HERE.parent / "artifacts" / "bench"))
RESULTS = WORK / "results.jsonl"
REDIS_PORT = 6390
REDIS = f"127.0.0.1:{REDIS_PORT}"
KEY = "bench-key-0123456789abcdef"

# What clients say after the upgrade. S: say text, B: say binary, A: await text containing; %c the channel, %p the payload with its marker;
# --pong X=Y answers X with Y, --ka N:X says X every N seconds.
GATEWAY = dict(
    title="PushGateway", port=7100, project=PROJECT / "src/PushGateway.Server", dll="PushGateway.Server.dll",
    # All clients come at once, and from one address: the limit on handshakes would measure itself.
    env=dict(ASPNETCORE_ENVIRONMENT="Production", PushGateway__Security__AllowAnonymous="true", PushGateway__Security__ApiKeys__0=KEY,
             PushGateway__Channels__Subscribe="Anonymous", PushGateway__Connections__HandshakesPerSecond="0", PushGateway__Redis__Connection=REDIS),
    say=["--ws", "/connection/websocket", "--step", 'S:{"id":1,"connect":{}}\\n{"id":2,"subscribe":{"channel":"%c"}}', "--step", 'A:"id":2', "--pong", "{}={}",
         "--pubpath", "/v1/notifications", "--pubhdr", f"Content-Type: application/json\\r\\nX-API-Key: {KEY}\\r\\n", "--pubbody", '{"channel":"%c","data":"%p"}'])
SERVERS = {
    "limit": dict(title="C program (the limit)", port=7107, cmd=[WORK / "limit", "7107"], redis=False, say=["--ws", "/ws?ch=%c", "--pubpath", "/publish/%c"]),
    "gateway": GATEWAY,
    "gateway-native": {**GATEWAY, "title": "PushGateway, native", "native": "PushGateway.Server"},  # As in the container.
    "gateway-memory": {**GATEWAY, "title": "PushGateway, no Redis", "env": {k: v for k, v in GATEWAY["env"].items() if "Redis" not in k}, "redis": False},
    "gateway-history": {**GATEWAY, "title": "PushGateway, history", "env": {
        **GATEWAY["env"], "PushGateway__Channels__HistorySize": "100", "PushGateway__Channels__HistoryTtl": "00:05:00", "PushGateway__Channels__Recovery": "true"}},
    "nchan": dict(title="Nchan (C)", port=7103, cmd=["/usr/sbin/nginx", "-c", WORK / "nginx.conf"], say=["--ws", "/sub/%c", "--pubpath", "/pub/%c"]),
    "socketio": dict(
        title="Socket.IO", port=7102, cmd=["node", WORK / "peers/socketio/server.js"], env=dict(PORT="7102", REDIS=f"redis://{REDIS}"),
        say=["--ws", "/socket.io/?EIO=4&transport=websocket", "--step", "A:0{", "--step", "S:40", "--step", "A:40{", "--step", 'S:420["join","%c"]', "--step", "A:430[",
             "--pong", "2=3", "--pubpath", "/publish/%c"]),
    "signalr": dict(
        title="SignalR", port=7101, project=WORK / "peers/signalr", dll="peer-signalr.dll", env=dict(REDIS=REDIS),
        say=["--ws", "/hub", "--step", r'S:{"protocol":"json","version":1}\x1e', "--step", "A:{}", "--step", r'S:{"type":1,"invocationId":"1","target":"Join","arguments":["%c"]}\x1e',
             "--step", 'A:"type":3', "--ka", r'15:{"type":6}\x1e', "--pubpath", "/publish/%c"]),
    "aspnet": dict(title="naive ASP.NET WebSockets", port=7104, project=WORK / "peers/aspnet", dll="peer-aspnet.dll", env=dict(REDIS=REDIS),
                   say=["--ws", "/ws?ch=%c", "--step", "A:ok", "--pubpath", "/publish/%c"]),
    "mosquitto": dict(
        title="mosquitto (C, no Redis)", port=7106, cmd=["/usr/sbin/mosquitto", "-c", HERE / "peers/mosquitto/mosquitto.conf"], redis=False,
        say=["--ws", "/mqtt", "--proto", "mqtt", "--step", r"B:\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00", "--step", r"A:\x20\x02\x00\x00", "--step", r"B:\x82\x0b\x00\x01\x00\x06%c\x00",
             "--step", r"A:\x90\x03", "--pubraw", "1", "--pubport", "7186", "--pubpre", r"\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00", "--pubbody", r"\x30\x88\x02\x00\x06%c%p"]),
}

SHOWN = [name for name in SERVERS if not name.startswith("gateway-") or name == "gateway-native"]  # Side by side; the others are ours with other settings.

def fan(n, window, rate, warm):
    """One channel with n subscribers: so many posts in flight, then a steady rate, then in flight again."""
    return ["--mode", "fan", "--n", str(n), "--settle", "1", "--warm", str(warm), "--phase", f"win:{window}:3", "--phase", f"rate:{rate}:8", "--phase", f"win:{window}:6"]

SCENARIOS = {  # win:K = K posts in flight for so many seconds; rate:R = R posts a second. The last phase of a kind counts.
    "memory": ["--mode", "fan", "--mem", "0,1000,10000,19000", "--memsettle", "6", "--inflight", "64"],
    "fan100": fan(100, 4, 200, 600),
    "fan1k": fan(1000, 4, 20, 60),
    "fan10k": fan(10000, 2, 2, 12),
    "fan19k": fan(19000, 2, 1, 12),
    "users10k": ["--mode", "uni", "--n", "10000", "--settle", "1", "--warm", "3000", "--pubconns", "32", "--phase", "win:32:3", "--phase", "rate:1000:8", "--phase", "win:32:5"],
    "users10k-one": ["--mode", "uni", "--n", "10000", "--settle", "1", "--warm", "3000", "--phase", "win:1:3", "--phase", "win:1:5"],
    "idle10k": ["--mode", "fan", "--n", "10000", "--settle", "60"],
    "left10k": ["--mode", "fan", "--mem", "10000", "--memsettle", "6"],  # Memory before the clients, with them, and after they left.
}
