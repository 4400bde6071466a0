#!/usr/bin/env python3
"""Whether our load tool says what the neutral generator says, of the same server in the same minutes: the ratios should be within 10 % of 1.

    agree.py [N]    N rounds; needs `run.py setup gateway`, and `dotnet build -c Release tests/PushGateway.Benchmarks`
"""
import json, statistics, sys
from run import figures, generate, on_core_1, serving
from servers import KEY, PROJECT, SERVERS, WORK

TOOL = PROJECT / "tests/PushGateway.Benchmarks/bin/Release/net10.0/PushGateway.Benchmarks.dll"
PAIRS = {  # scenario, phase -> the same for our tool
    ("fan1k", "win:4"): ["--connections", "1000", "--flat-out", "4", "--seconds", "6"],
    ("fan1k", "rate:20"): ["--connections", "1000", "--rate", "20", "--seconds", "8"],
    ("users10k", "win:32"): ["--users", "10000", "--flat-out", "32", "--seconds", "5"],
    ("users10k", "rate:1000"): ["--users", "10000", "--rate", "1000", "--publishers", "32", "--seconds", "8"],
}

def ours(options):
    file = WORK / "agree.json"
    with serving("gateway") as (pids, _):
        r = on_core_1(["dotnet", TOOL, "load", "--url", f"ws://127.0.0.1:{SERVERS['gateway']['port']}", "--key", KEY, "--pid", ",".join(map(str, pids)), "--json", file, *options])
    if r.returncode: sys.exit(f"the load tool ended with {r.returncode}:\n{r.stderr}{r.stdout}")
    r = json.loads(file.read_text())
    return {"us per delivery": r["cpuMicrosecondsPerDelivery"], "deliveries per s": r["deliveriesPerSecond"], "p50 us": r["latency"]["p50"], "us per connect": r["cpuMicrosecondsPerConnect"]}

def neutral(scenario, phase):
    with serving("gateway") as (pids, redis): f = figures(generate("gateway", scenario, pids, redis))
    return {k: f[f"{phase} {k}"] for k in ("us per delivery", "deliveries per s", "p50 us")} | {"us per connect": f["us per connect"]}

def main():
    n, seen = int(sys.argv[1]) if len(sys.argv) > 1 else 3, {}
    for _ in range(n):
        for (scenario, phase), options in PAIRS.items():
            for tool, f in (("neutral", neutral(scenario, phase)), ("ours", ours(options))):
                print(f"{scenario} {phase} {tool}: " + "  ".join(f"{k} {v:.2f}" for k, v in f.items()), flush=True)
                for k, v in f.items(): seen.setdefault(f"{scenario} {phase} {k}", {}).setdefault(tool, []).append(v)
    print(f"{'median of ' + str(n):40}{'neutral':>12}{'ours':>12}{'ratio':>8}")
    for k, by in seen.items():
        a, b = statistics.median(by["neutral"]), statistics.median(by["ours"])
        print(f"{k:40}{a:>12.2f}{b:>12.2f}{b / a:>8.2f}")

if __name__ == "__main__": main()
