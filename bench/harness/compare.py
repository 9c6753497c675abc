#!/usr/bin/env python3
"""Greyhound and other agents, one after the other in one run of an outbound MTA harness.

The harness is a folder with run_peer.sh and adapters/; a copy of it is made and our adapter put
there, so that nothing is written into the original. Each line that a run prints is one JSON object.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
OURS = "greyhound"
SITES = {"one site": 1, "200 sites": 200}
SCENARIOS = {"drain": "from a full queue", "e2e": "as it comes in"}
MESSAGES = {OURS: 40000, "postfix": 4000}  # runs of several seconds each
OTHER_PEERS = 1500


def copy_of(harness, into):
    shutil.rmtree(into, ignore_errors=True)
    shutil.copytree(harness, into, ignore=shutil.ignore_patterns("results", "trash", "run"))
    shutil.copy(os.path.join(HERE, "greyhound.sh"), os.path.join(into, "adapters", OURS + ".sh"))
    return into


def run(harness, peer, scenario, **options):
    words = ["%s=%s" % pair for pair in options.items()]
    command = ["bash", os.path.join(harness, "run_peer.sh"), peer, scenario] + words
    done = subprocess.run(command, capture_output=True, text=True)
    for line in reversed(done.stdout.splitlines()):
        if line.startswith("{"):
            return json.loads(line)
    print("  %s %s: %s" % (peer, scenario, (done.stderr or done.stdout).strip()[-200:]))
    return None


def measure(harness, peers, repeat, scale):
    """{(scenario, sites, peer): [result, ...]}, peers interleaved so that all have the same day."""
    results = {}
    for _ in range(repeat):
        for scenario in SCENARIOS:
            for sites, domains in SITES.items():
                for peer in peers:
                    count = max(200, MESSAGES.get(peer, OTHER_PEERS) // scale)
                    result = run(harness, peer, scenario, n=count, domains=domains)
                    if result is None:
                        continue
                    if result["delivered"] != result["accepted"] or result["dups"]:
                        sys.exit("%s lost or repeated mail: %s" % (peer, result))
                    results.setdefault((scenario, sites, peer), []).append(result)
                    print("  %-10s %-6s %-9s %8.0f/s  %6.3f CPU s/1000" % (
                        peer, scenario, sites, result["msgs_per_s"], result["cpu_s_per_1000"]))
    return results


def median(results, key):
    return statistics.median(result[key] for result in results)


def figures_of(results, peers, syscalls):
    figures = []
    for scenario, words in SCENARIOS.items():
        for sites in SITES:
            ours = results.get((scenario, sites, OURS))
            others = {peer: median(results[scenario, sites, peer], "msgs_per_s")
                      for peer in peers if peer != OURS and (scenario, sites, peer) in results}
            if not ours:
                continue
            rate = median(ours, "msgs_per_s")
            figures.append(("messages/s to %s %s" % (sites, words), rate, "/s", None))
            figures.append(("CPU per 1000 to %s %s" % (sites, words),
                            median(ours, "cpu_s_per_1000"), "s", ("<=", 0.2)))
            if others:
                best = max(others, key=others.get)
                figures.append(("times the best peer to %s %s (%s: %.0f/s)" % (
                    sites, words, best, others[best]), rate / others[best], "x", (">=", 10)))
    if syscalls:
        figures.append(("system calls per message, accept to delivered",
                        syscalls["syscalls_per_msg"], "", ("<=", 40)))
    return figures


def holds(value, target):
    if target is None:
        return None
    return value <= target[1] if target[0] == "<=" else value >= target[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--harness", required=True)
    parser.add_argument("--work", required=True, help="folder for the copy of the harness")
    parser.add_argument("--greyhound", required=True, help="the binary")
    parser.add_argument("--peers", help="default: all; with --quick Postfix")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="once, fewer messages")
    parser.add_argument("--json", help="one object a line")
    parser.add_argument("--append", action="store_true", help="to what the JSON file has")
    options = parser.parse_args()
    os.environ["GREYHOUND"] = os.path.abspath(options.greyhound)
    usual = "postfix" if options.quick else "postfix,exim,sendmail,opensmtpd,haraka"
    peers = [OURS] + (options.peers or usual).split(",")
    harness = copy_of(options.harness, options.work)
    results = measure(harness, peers, 1 if options.quick else options.repeat,
                      4 if options.quick else 1)
    syscalls = run(harness, OURS, "syscalls", n=3000)
    lines = []
    for name, value, unit, target in figures_of(results, peers, syscalls):
        verdict = holds(value, target)
        wanted = "%s %g" % target if target else ""
        mark = {True: "holds", False: "MISSED", None: ""}[verdict]
        print("%-75s %10.3f %-3s %-8s %s" % (name, value, unit, wanted, mark))
        lines.append({"figure": name, "value": value, "unit": unit,
                      "target": wanted or None, "holds": verdict,
                      "scale": "quick" if options.quick else "full"})
    if options.json:
        with open(options.json, "a" if options.append else "w", encoding="utf-8") as out:
            out.writelines(json.dumps(line) + "\n" for line in lines)


if __name__ == "__main__":
    main()
