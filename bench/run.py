#!/usr/bin/env python3
"""One load generator against every server a user might pick instead, in one run.

    run.py setup [SERVER ...]                   build the generator, the servers and their peers (apt, NuGet, npm), once
    run.py SERVER[,SERVER…] SCENARIO[,…] [N]    N runs of each, round robin; results as JSON lines and a table of medians
    run.py all all [N]                          everything that docs/benchmarks.md shows; report.py puts it there

The server runs alone on core 0; the generator and Redis on core 1. Costs are CPU time of the server's process tree (from the
scheduler), which a noisy machine disturbs less than rates do. Compare ratios to `limit` of the same run.
Servers and scenarios are in servers.py, results in artifacts/bench. Needs Linux, root and two cores.
"""
import contextlib, datetime, json, os, platform, re, shutil, signal, socket, statistics, subprocess, sys, time
from servers import HERE, PROJECT, REDIS_PORT, RESULTS, SCENARIOS, SERVERS, SHOWN, WORK

LEFT_AFTER = [1, 5, 10, 20, 30]  # Seconds after which it is looked how much memory is left behind clients that left.

def sh(*cmd, **kw): subprocess.run([str(c) for c in cmd], check=True, **kw)

def out_dir(s): return WORK / "out" / (s["native"] + "-native" if "native" in s else s["dll"].removesuffix(".dll"))

def setup(names):
    WORK.mkdir(parents=True, exist_ok=True)
    shutil.copytree(HERE / "peers", WORK / "peers", dirs_exist_ok=True)
    for c in ("load", "limit"): sh("gcc", "-O2", "-o", WORK / c, HERE / f"{c}.c")
    sh("bash", "-c", "PATH=$PATH:/usr/sbin; command -v redis-server nginx mosquitto node npm >/dev/null && test -f /usr/lib/nginx/modules/ngx_nchan_module.so || "
       "(apt-get update -qq && apt-get install -y -qq redis-server nginx libnginx-mod-nchan mosquitto nodejs npm >/dev/null)")
    (WORK / "nginx.conf").write_text((HERE / "peers/nchan/nginx.conf.in").read_text().replace("@WORK@", str(WORK)))
    # The build settings of the checkout around them are not for the peers.
    for name in ("Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props"): (WORK / "peers" / name).write_text("<Project />\n")
    for name in names or SHOWN:
        s = SERVERS[name]
        if "project" in s: sh("dotnet", "publish", s["project"], "-c", "Release", "-o", out_dir(s), "-v", "quiet", "--nologo", *(["-p:PublishAot=true"] if "native" in s else []))
        if name == "socketio": sh("npm", "install", "--silent", "--no-audit", "--no-fund", cwd=WORK / "peers/socketio")

def listening(port, seconds=30):
    end = time.time() + seconds
    while time.time() < end:
        try: socket.create_connection(("127.0.0.1", port), 1).close(); return True
        except OSError: time.sleep(0.1)
    return False

def tree(pid):
    pids = [pid]
    for p in pids:
        try: pids += [int(c) for t in os.listdir(f"/proc/{p}/task") for c in open(f"/proc/{p}/task/{t}/children").read().split()]
        except OSError: pass
    return pids

def own_group():
    os.setsid()
    try: open("/proc/self/autogroup", "w").write("-10")
    except OSError: pass

@contextlib.contextmanager
def serving(name):
    """A server on core 0 and a Redis on core 1, while it lasts: the ids of the server's processes and of Redis."""
    s, started = SERVERS[name], []
    for port in (REDIS_PORT, s["port"]): assert not listening(port, 0.2), f"port {port} is taken: is a server of an earlier run still there?"
    def start(core, cmd, env=None, log=subprocess.DEVNULL):
        p = subprocess.Popen(["nice", "-n", "-10", "taskset", "-c", str(core)] + [str(c) for c in cmd], env={**os.environ, **(env or {})}, stdout=log, stderr=subprocess.STDOUT, preexec_fn=own_group, cwd=WORK)
        started.append(p); return p
    try:
        redis = start(1, ["redis-server", "--port", REDIS_PORT, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--client-output-buffer-limit", "pubsub", "512mb", "256mb", "60"])
        assert listening(REDIS_PORT), "redis did not start"
        cmd = s.get("cmd") or [*([out_dir(s) / s["native"]] if "native" in s else ["dotnet", out_dir(s) / s["dll"]]), "--urls", f"http://127.0.0.1:{s['port']}"]
        with open(WORK / f"{name}.log", "a") as log: server = start(0, cmd, s.get("env"), log)
        assert listening(s["port"]), f"{name} did not start, see {WORK / name}.log"
        time.sleep(1.5)
        yield tree(server.pid), redis.pid
    finally:
        for p in started:
            with contextlib.suppress(OSError): os.killpg(p.pid, signal.SIGTERM)
        for p in started:
            try: p.wait(8)
            except subprocess.TimeoutExpired: os.killpg(p.pid, signal.SIGKILL); p.wait()

def on_core_1(cmd): return subprocess.run([str(c) for c in ["nice", "-n", "-10", "taskset", "-c", "1", *cmd]], capture_output=True, text=True, timeout=450, preexec_fn=own_group)

def generate(name, scenario, pids, redis):
    """Has the generator do a scenario with a server that runs."""
    r = on_core_1([WORK / "load", "--label", f"{name}/{scenario}", "--port", SERVERS[name]["port"], "--pids", ",".join(map(str, pids)), "--redis-pid", redis] + SERVERS[name]["say"] + SCENARIOS[scenario])
    if r.stderr: print(r.stderr[:400], file=sys.stderr)
    return json.loads(r.stdout)

def resident_kb(pids): return sum(int(re.search(r"^Rss:\s+(\d+)", open(f"/proc/{p}/smaps_rollup").read(), re.M)[1]) for p in pids)

def leave(name, scenario, pids, redis):
    """How much memory is left behind clients that left: twice, since what the first ones leave may be what the next ones use."""
    rounds = []
    for _ in range(2):
        before = resident_kb(pids)
        used = generate(name, scenario, pids, redis)["mem"][-1]["rss_kb"]  # It cuts all connections when it ends.
        after, left_at = {}, time.time()
        for seconds in LEFT_AFTER:
            time.sleep(max(0, left_at + seconds - time.time())); after[seconds] = resident_kb(pids)
        rounds.append(dict(before=before, used=used, after=after))
    return dict(left=rounds)

def run(name, scenario):
    with serving(name) as (pids, redis): return (leave if scenario.startswith("left") else generate)(name, scenario, pids, redis)

def figures(r):
    """The few figures of a run that are compared: name -> value."""
    if "left" in r:
        first, second = r["left"]
        return {"MB before": first["before"] / 1024, "MB with": first["used"] / 1024, **{f"MB {s} s after": v / 1024 for s, v in first["after"].items()},
                "MB second time with": second["used"] / 1024, **{f"MB second time {s} s after": v / 1024 for s, v in second["after"].items()}}
    if "mem" in r:
        base, by = r["mem"][0]["pss_kb"], {m["conns"]: m for m in r["mem"]}
        return {"MB empty": base / 1024, **{f"KB per connection at {n}": (m["pss_kb"] - base) / n for n, m in by.items() if n},
                **{f"MB at {n}": m["pss_kb"] / 1024 for n, m in by.items() if n}}
    f = {"us per connect": r["connect"]["sched"] * 1e6 / max(1, r["established"])}
    if "phases" not in r: f["idle ms CPU per s"] = r["idle"]["sched"] * 1000 / r["idle"]["sec"]
    for p in r.get("phases", []):
        k = f"{p['kind']}:{p['val']:g}"
        f[f"{k} us per delivery"] = p["cpu_us_per_delivery"]; f[f"{k} redis us per post"] = p["redis_us_per_publish"]
        f[f"{k} deliveries per s"] = p["deliv_per_s"]; f[f"{k} p50 us"] = p["lat_us"]["p50"]; f[f"{k} p99 us"] = p["lat_us"]["p99"]
        f[f"{k} lost"] = p["lost"]; f[f"{k} twice"] = p["dups"]
    return f

def said(*cmd):
    """The first line that a command says; empty without the command."""
    try: r = subprocess.run(cmd, capture_output=True, text=True); return (r.stdout + r.stderr).strip().split("\n")[0]
    except OSError: return ""

def machine():
    """Where and of what a run is."""
    cpu = re.search(r"model name\s*: (.*)", open("/proc/cpuinfo").read())
    memory = int(re.search(r"MemTotal:\s+(\d+)", open("/proc/meminfo").read())[1])
    peers = HERE / "peers"
    return {"processor": f"{cpu[1] if cpu else platform.machine()}, {os.cpu_count()} cores", "memory": f"{memory / 2**20:.0f} GB", "kernel": platform.release(),
            "gateway": said("git", "-C", str(PROJECT), "describe", "--always", "--dirty"), ".NET": said("dotnet", "--version"), "Node.js": said("node", "--version"),
            "Redis": said("redis-server", "--version").split(" sha=")[0], "nginx": said("/usr/sbin/nginx", "-v"), "Nchan": said("dpkg-query", "-W", "-f", "${Version}", "libnginx-mod-nchan"),
            "mosquitto": said("/usr/sbin/mosquitto", "-h"), "Socket.IO": json.loads((peers / "socketio/package.json").read_text())["dependencies"]["socket.io"],
            "SignalR with Redis": re.search(r'StackExchangeRedis" Version="([^"]+)', (peers / "signalr/signalr.csproj").read_text())[1], "gcc": said("gcc", "--version")}

def main():
    if len(sys.argv) > 1 and sys.argv[1] == "setup": return setup(sys.argv[2:])
    if len(sys.argv) < 3: sys.exit(__doc__)
    names = SHOWN if sys.argv[1] == "all" else sys.argv[1].split(",")
    scenarios = list(SCENARIOS) if sys.argv[2] == "all" else sys.argv[2].split(",")
    n = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    for name in names: assert name in SERVERS, f"no server {name}"
    for scenario in scenarios: assert scenario in SCENARIOS, f"no scenario {scenario}"
    batch, on, seen = datetime.datetime.now().isoformat(timespec="seconds"), machine(), {}
    for i in range(n):
        for sc in scenarios:
            for name in names:
                # A server that breaks down in one scenario must not cost the others theirs.
                try: r = run(name, sc)
                except (AssertionError, ValueError, subprocess.TimeoutExpired) as broken: print(f"run {i + 1}/{n} {sc} {name}: {broken!r}", flush=True); continue
                if "error" in r: print(f"run {i + 1}/{n} {sc} {name}: {r['error']}", flush=True); continue
                f = figures(r)
                with open(RESULTS, "a") as file: file.write(json.dumps(dict(batch=batch, server=name, scenario=sc, figures=f, machine=on, raw=r)) + "\n")
                print(f"run {i + 1}/{n} {sc} {name}: " + "  ".join(f"{k} {v:.2f}" for k, v in f.items() if any(x in k for x in ("per delivery", "per conn", "CPU", "MB"))), flush=True)
                for k, v in f.items(): seen.setdefault((sc, k), {}).setdefault(name, []).append(v)
    print(f"\n{'median of ' + str(n):42}" + "".join(f"{x:>16}" for x in names))
    for (sc, k), by in seen.items():
        med = {x: statistics.median(by[x]) for x in by}; base = med.get("limit")
        print(f"{sc + ' ' + k:42}" + "".join(f"{med[x]:>10.2f}" + (f"{med[x] / base:>5.1f}x" if base and "us per" in k else " " * 6) if x in med else " " * 16 for x in names))

if __name__ == "__main__": main()
