#!/usr/bin/env python3
"""Greyhound and other agents, one after the other in one run of an outbound MTA harness.

The harness is a folder with run_peer.sh and adapters/; a copy of it is made and our adapter put
there, so that nothing is written into the original. Each line that a run prints is one JSON object.
"""
import argparse
import json
import os
import sys

import ingest
from harness_runs import OURS, copy_of, holds, median, run

DELIVERY_PEERS = "postfix,exim,sendmail,opensmtpd,haraka"
SITES = {"one site": 1, "200 sites": 200}
SCENARIOS = {"drain": "from a full queue", "e2e": "as it comes in"}
MESSAGES = {OURS: 40000, "postfix": 4000}  # runs of several seconds each
OTHER_PEERS = 1500


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


def delivery_figures(harness, peers, repeat, scale):
    results = measure(harness, peers, repeat, scale)
    return figures_of(results, peers, run(harness, OURS, "syscalls", n=3000))


def ingest_figures(harness, peers, repeat, scale):
    return ingest.figures_of(ingest.measure(harness, peers, repeat, scale), peers)


def report(figures, scale):
    """A table for people; what it gives back is a JSON object for each line."""
    lines = []
    for name, value, unit, target in figures:
        verdict = holds(value, target)
        wanted = "%s %g" % target if target else ""
        mark = {True: "holds", False: "MISSED", None: ""}[verdict]
        print("%-90s %10.3f %-3s %-8s %s" % (name, value, unit, wanted, mark))
        lines.append({"figure": name, "value": value, "unit": unit,
                      "target": wanted or None, "holds": verdict, "scale": scale})
    return lines


def options_given():
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--harness", required=True)
    parser.add_argument("--work", required=True, help="folder for the copy of the harness")
    parser.add_argument("--greyhound", required=True, help="the binary")
    parser.add_argument("--of", choices=["delivery", "ingest"], default="delivery")
    parser.add_argument("--peers", help="default: all, for ingest Postfix and Exim; "
                        "with --quick of delivery Postfix")
    parser.add_argument("--repeat", type=int, help="default: 3, for ingest 5")
    parser.add_argument("--quick", action="store_true", help="once, fewer messages")
    parser.add_argument("--json", help="one object a line")
    parser.add_argument("--append", action="store_true", help="to what the JSON file has")
    options, foreign = parser.parse_known_args()
    if foreign:
        print("other agents are not measured: they know nothing of " + " ".join(foreign))
        sys.exit(0 if options.append else 2)
    return options


def main():
    options = options_given()
    os.environ["GREYHOUND"] = os.path.abspath(options.greyhound)
    is_ingest = options.of == "ingest"
    usual = ingest.PEERS if is_ingest else "postfix" if options.quick else DELIVERY_PEERS
    peers = [OURS] + (options.peers or usual).split(",")
    harness = copy_of(options.harness, options.work)
    repeat = 1 if options.quick else options.repeat or (5 if is_ingest else 3)
    take = ingest_figures if is_ingest else delivery_figures
    figures = take(harness, peers, repeat, 4 if options.quick else 1)
    lines = report(figures, "quick" if options.quick else "full")
    if options.json:
        with open(options.json, "a" if options.append else "w", encoding="utf-8") as out:
            out.writelines(json.dumps(line) + "\n" for line in lines)


if __name__ == "__main__":
    main()
