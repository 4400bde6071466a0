#!/usr/bin/env python3
"""Puts results into docs/benchmarks.md: tables between their markers, plots beside it.

    report.py [RESULTS [SCALE]]    results.jsonl of run.py, and the JSON of `scale`; each is left out where there is none

Of each scenario the last batch counts, with the median of its runs: what stands in one row is of one batch.
"""
import json, pathlib, re, statistics, sys
from plot import lines
from servers import HERE, RESULTS, SERVERS, SHOWN, WORK

DOCS = HERE.parent / "docs"

# What is compared: title, scenario, figure, digits; and the goal: its value, and as a ratio to `limit`, where that is how it is meant.
ROWS = [
    ("memory per idle subscribed connection at 10,000, KB", "memory", "KB per connection at 10000", 2, 6, None),
    ("CPU per connect and subscribe, µs", "fan10k", "us per connect", 0, 50, 3.6),
    ("1 channel, 1,000 subscribers, 4 posts in flight, µs a delivery", "fan1k", "win:4 us per delivery", 2, 2.5, 0.85),
    ("the same, 20 posts a second", "fan1k", "rate:20 us per delivery", 2, 7, 1.3),
    ("1 channel, 10,000 subscribers, 2 posts in flight, µs a delivery", "fan10k", "win:2 us per delivery", 2, 5, 1.0),
    ("the same, 2 posts a second", "fan10k", "rate:2 us per delivery", 2, 8, 1.2),
    ("10,000 users, one channel each, 32 posts in flight, µs a post with its delivery", "users10k", "win:32 us per delivery", 1, 35, 2.7),
    ("median latency from POST to client, the same, 1 in flight, µs", "users10k-one", "win:1 p50 us", 0, 200, 2.2),
    ("pings: CPU for 10,000 idle connections, default interval, ms a second", "idle10k", "idle ms CPU per s", 1, 10, None),
]
MORE = [
    ("1 channel, 100 subscribers, 4 posts in flight, µs a delivery", "fan100", "win:4 us per delivery", 2),
    ("1 channel, 19,000 subscribers, 2 posts in flight, µs a delivery", "fan19k", "win:2 us per delivery", 2),
    ("1,000 subscribers, 4 in flight, deliveries a second", "fan1k", "win:4 deliveries per s", 0),
    ("10,000 subscribers, 2 in flight, deliveries a second", "fan10k", "win:2 deliveries per s", 0),
    ("10,000 users, 32 in flight, posts a second", "users10k", "win:32 deliveries per s", 0),
    ("1,000 subscribers, 20 posts a second, latency p50, µs", "fan1k", "rate:20 p50 us", 0),
    ("the same, p99", "fan1k", "rate:20 p99 us", 0),
    ("10,000 subscribers, 2 posts a second, latency p50, µs", "fan10k", "rate:2 p50 us", 0),
    ("the same, p99", "fan10k", "rate:2 p99 us", 0),
    ("10,000 users, 1,000 posts a second, latency p50, µs", "users10k", "rate:1000 p50 us", 0),
    ("the same, p99", "users10k", "rate:1000 p99 us", 0),
    ("10,000 users, 32 in flight, CPU of Redis, µs a post", "users10k", "win:32 redis us per post", 1),
]
CURVE = {100: "fan100", 1000: "fan1k", 10000: "fan10k", 19000: "fan19k"}
FLAT_OUT = {"fan100": "win:4", "fan1k": "win:4", "fan10k": "win:2", "fan19k": "win:2"}
STEADY = {"fan100": "rate:200", "fan1k": "rate:20", "fan10k": "rate:2", "fan19k": "rate:1"}

def read(file):
    """scenario -> server -> figure -> median, the facts about the machine, and how many runs there are of each."""
    entries = [json.loads(line) for line in open(file)]
    last = {e["scenario"]: e["batch"] for e in entries}
    kept = [e for e in entries if e["batch"] == last[e["scenario"]]]
    values, runs = {}, {}
    for e in kept:
        runs[e["scenario"], e["server"]] = runs.get((e["scenario"], e["server"]), 0) + 1
        for k, v in e["figures"].items(): values.setdefault(e["scenario"], {}).setdefault(e["server"], {}).setdefault(k, []).append(v)
    medians = {sc: {s: {k: statistics.median(v) for k, v in f.items()} for s, f in by.items()} for sc, by in values.items()}
    wrong = {}
    for e in kept: wrong[e["server"]] = wrong.get(e["server"], 0) + sum(v for k, v in e["figures"].items() if k.endswith((" lost", " twice")))
    facts = {**kept[-1]["machine"], "lost or doubled deliveries": ", ".join(f"{SERVERS[s]['title']} {n:.0f}" for s, n in wrong.items() if n) or "none"}
    return medians, facts, runs

def table(head, rows): return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head)] + ["| " + " | ".join(r) + " |" for r in rows])

def number(value, digits): return "" if value is None else f"{value:,.{digits}f}"

def get(medians, scenario, server, figure): return medians.get(scenario, {}).get(server, {}).get(figure)

def peers(medians, rows):
    """A row for each measure, a column for each server; in parentheses the ratio to the limit where both are costs."""
    names = [s for s in SHOWN if any(s in by for by in medians.values())]
    def cell(row, server):
        title, scenario, figure, digits = row[:4]
        value, base = get(medians, scenario, server, figure), get(medians, scenario, "limit", figure)
        ratio = f" ({value / base:.1f}×)" if value is not None and base and server != "limit" and "us per" in figure else ""
        return number(value, digits) + ratio
    return table([""] + [SERVERS[s]["title"] for s in names], [[row[0]] + [cell(row, s) for s in names] for row in rows if row[1] in medians])

def goals(medians):
    def row(title, scenario, figure, digits, goal, ratio):
        base = get(medians, scenario, "limit", figure)
        def reached(server):
            ours = get(medians, scenario, server, figure)
            if ours is None: return ["", ""]
            missed = (ours / base / ratio if ratio and base else ours / goal) - 1
            return [f"**{number(ours, digits)}**" + (f" ({ours / base:.2f}×)" if ratio and base else ""), "met" if missed <= 0 else f"missed by {missed:.0%}"]
        return [title, number(base, digits), number(goal, digits) + (f" ({ratio}×)" if ratio else ""), *reached("gateway"), *reached("gateway-native")]
    return table(["", "limit", "goal", "ours", "", "ours, native", ""], [row(*x) for x in ROWS if x[1] in medians])

def memory(medians):
    of = medians["memory"]
    sizes = sorted(int(k.rsplit(" ", 1)[1]) for k in next(iter(of.values())) if k.startswith("MB at"))
    return table(["", "no client, MB"] + [f"{n:,}, MB" for n in sizes] + [f"KB a connection, {n:,}" for n in sizes],
                 [[SERVERS[s]["title"], number(f["MB empty"], 1)] + [number(f[f"MB at {n}"], 1) for n in sizes] + [number(f[f"KB per connection at {n}"], 2) for n in sizes] for s, f in of.items()])

def left(medians):
    of = medians["left10k"]
    names = list(next(iter(of.values())))
    return table(["resident memory, MB"] + [SERVERS[s]["title"] for s in of], [[k.removeprefix("MB ").replace("second time", "the second time,")] + [number(f.get(k), 1) for f in of.values()] for k in names])

def order(servers): return sorted(servers, key=list(SERVERS).index)

def plots(medians):
    """File -> plot."""
    made, marked = {}, dict(floor=SERVERS["limit"]["title"], ours=SERVERS["gateway"]["title"])
    for file, title, kinds in (("cpu-flat-out", "CPU per delivery, two to four posts in flight", FLAT_OUT), ("cpu-steady", "CPU per delivery, about 20,000 deliveries a second", STEADY)):
        series = {}
        for n, scenario in CURVE.items():
            for s in medians.get(scenario, {}):
                if s in SHOWN: series.setdefault(s, {})[n] = get(medians, scenario, s, f"{kinds[scenario]} us per delivery")
        if len({n for points in series.values() for n in points}) > 1:
            made[file] = lines(title, "subscribers of one channel", "CPU time of the server a delivery, µs", {SERVERS[s]["title"]: series[s] for s in order(series)}, logarithmic=True, **marked)
    if "memory" in medians:
        of = {s: {0: f["MB empty"], **{int(k.rsplit(" ", 1)[1]): v for k, v in f.items() if k.startswith("MB at")}} for s, f in medians["memory"].items() if s in SHOWN}
        made["memory"] = lines("Memory of idle subscribed connections", "connections", "memory of the server, MB", {SERVERS[s]["title"]: of[s] for s in order(of)}, logarithmic=False, **marked)
    return made

def facts(machine, runs):
    least, most = min(runs.values()), max(runs.values())
    return table(["", ""], [[k, re.sub(r"\s+", " ", v).strip()] for k, v in machine.items() if v] + [["runs of each", f"{least}" if least == most else f"{least} to {most}"]])

def put(document, name, content):
    """Replaces what is between the markers of a table."""
    pattern = re.compile(rf"(<!-- table:{name} -->\n).*?(<!-- end -->)", re.S)
    assert pattern.search(document), f"no <!-- table:{name} --> in the document"
    return pattern.sub(lambda m: m[1] + content + "\n" + m[2], document)

def main():
    results = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else RESULTS
    scale = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else WORK / "scale.json"
    page = DOCS / "benchmarks.md"
    document = page.read_text()
    if results.exists():
        medians, machine, runs = read(results)
        tables = {"machine": facts(machine, runs), "goals": goals(medians), "peers": peers(medians, ROWS), "more": peers(medians, MORE)}
        if "memory" in medians: tables["memory"] = memory(medians)
        if "left10k" in medians: tables["left"] = left(medians)
        for name, content in tables.items(): document = put(document, name, content)
        (DOCS / "benchmarks").mkdir(exist_ok=True)
        for file, svg in plots(medians).items(): (DOCS / "benchmarks" / f"{file}.svg").write_text(svg)
    if scale.exists():
        for name, rows in json.loads(scale.read_text())["tables"].items():
            # A cost is what a post adds to the rest; where that is less than the rest varies, it may come out below nothing.
            rows = [["below noise" if re.match(r"-\d|.*\+ -\d", cell) else cell for cell in row] for row in rows]
            document = put(document, name, table(rows[0], rows[1:]))
    page.write_text(document)

if __name__ == "__main__": main()
