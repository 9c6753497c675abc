"""Mail that comes in while delivery is held: accepts a second of Greyhound and of other agents, and
of the load source and its sink with nothing between them, all by the harness's own source."""
import json
import os
import subprocess
import sys
import time

from harness_runs import OURS, median, run

PEERS = "postfix,exim"
PAIR = "bsource to bsink"
SESSIONS = (100, 20, 1)
PIPELINING = {1: "with PIPELINING", 0: "without PIPELINING"}
# Runs of several seconds each, by sessions: many, one.
MESSAGES = {OURS: (40000, 4000), PAIR: (100000, 40000), "postfix": (6000, 3000),
            "exim": (10000, 800)}
OTHER_PEERS = (3000, 1000)
TIMES_THE_BEST = {(100, 1): 3, (100, 0): 2, (1, 1): 2, (1, 0): 2}
SHARE_OF_PAIR = {100: 0.5}
CPU_PER_1000 = {100: 0.15, 20: 0.15}
SINK_PORT = 2702


def counted(sessions):
    return "1 session" if sessions == 1 else "%d sessions" % sessions


def count_of(agent, sessions, scale):
    many, few = MESSAGES.get(agent, OTHER_PEERS)
    return max(200, (few if sessions == 1 else many) // scale)


def wait_for(path, process, patience=10):
    end = time.monotonic() + patience
    while not os.path.exists(path):
        if process.poll() is not None or time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def run_pair(work, sessions, pipelining, count):
    """The source's own result against the sink; the harness has built both into its folder."""
    programs = os.path.join(os.environ.get("BENCH_HOME", "/var/tmp/mtabench"), "bin")
    stats = os.path.join(work, "pair_sink.json")
    if not os.path.exists(os.path.join(programs, "bsink")):
        print("  %s: not built in %s" % (PAIR, programs))
        return None
    if os.path.exists(stats):
        os.unlink(stats)
    address = "127.0.0.1:%d" % SINK_PORT
    source = [os.path.join(programs, "bsource"), "--to", address, "--count", str(count),
              "--sessions", str(sessions), "--size", "4096", "--max-seconds", "120"]
    if pipelining:
        source.append("--pipelining")
    sink = subprocess.Popen([os.path.join(programs, "bsink"), "--listen", address, "--stats", stats,
                             "--max-seconds", "300"], stdin=subprocess.DEVNULL)
    try:
        if not wait_for(stats, sink):
            return None
        done = subprocess.run(source, capture_output=True, text=True)
        return json.loads(done.stdout) if done.returncode == 0 else None
    finally:
        sink.terminate()
        sink.wait()


def check(agent, result, count):
    """Ours has to take every message, and at once; of another agent it is said."""
    refused, errors = result.get("refused", 0), result.get("errors", 0)
    if result["accepted"] >= count and refused + errors == 0:
        return
    trouble = "%s accepted %d of %d messages, refused %d, with %d errors" % (
        agent, result["accepted"], count, refused, errors)
    if agent == OURS:
        sys.exit(trouble)
    print("  " + trouble)


def run_one(harness, agent, sessions, pipelining, scale):
    """None: it did not run, or did not take all mail in time."""
    count = count_of(agent, sessions, scale)
    if agent == PAIR:
        result = run_pair(harness, sessions, pipelining, count)
    else:
        result = run(harness, agent, "ingest", n=count, sessions=sessions, pipelining=pipelining)
    if result is None:
        return None
    check(agent, result, count)
    return result if result["accepted"] >= count else None


def measure(harness, peers, repeat, scale):
    """{(sessions, pipelining, agent): [result, ...]}, interleaved so that all have the same day."""
    results = {}
    courses = [(sessions, pipelining) for sessions in SESSIONS for pipelining in PIPELINING]
    for _ in range(repeat):
        for sessions, pipelining in courses:
            for agent in [OURS, PAIR] + [peer for peer in peers if peer != OURS]:
                result = run_one(harness, agent, sessions, pipelining, scale)
                if result is None:
                    continue
                results.setdefault((sessions, pipelining, agent), []).append(result)
                print("  %-16s %-12s %-18s %8.0f/s  %6.3f CPU s/1000" % (
                    agent, counted(sessions), PIPELINING[pipelining], result["msgs_per_s"],
                    result.get("cpu_s_per_1000", 0)))
    return results


def at_least(value):
    return (">=", value) if value else None


def figures_of(results, peers):
    figures = []
    for sessions in SESSIONS:
        for pipelining, words in PIPELINING.items():
            figures += figures_of_course(results, peers, sessions, pipelining,
                                         "from %s %s" % (counted(sessions), words))
    return figures


def figures_of_course(results, peers, sessions, pipelining, words):
    here = {agent: results[sessions, pipelining, agent] for agent in [OURS, PAIR] + peers
            if (sessions, pipelining, agent) in results}
    if OURS not in here:
        return []
    rates = {agent: median(runs, "msgs_per_s") for agent, runs in here.items()}
    figures = [("accepts/s of %s %s" % (agent, words), rate, "/s", None)
               for agent, rate in rates.items()]
    limit = CPU_PER_1000.get(sessions)
    figures.append(("CPU per 1000 accepted %s" % words, median(here[OURS], "cpu_s_per_1000"), "s",
                    ("<=", limit) if limit else None))
    others = {agent: rate for agent, rate in rates.items() if agent not in (OURS, PAIR)}
    if others:
        best = max(others, key=others.get)
        figures.append(("times the best peer %s (%.0f/s to %s: %.0f/s)" % (
            words, rates[OURS], best, others[best]), rates[OURS] / others[best], "x",
                        at_least(TIMES_THE_BEST.get((sessions, pipelining)))))
    if PAIR in rates:
        figures.append(("share of %s %s (%.0f/s to %.0f/s)" % (
            PAIR, words, rates[OURS], rates[PAIR]), rates[OURS] / rates[PAIR], "",
                        at_least(SHARE_OF_PAIR.get(sessions))))
    return figures
