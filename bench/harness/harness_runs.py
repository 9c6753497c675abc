"""Runs of the harness, and what one says of their results; for compare.py and its scenarios."""
import json
import os
import shutil
import statistics
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
OURS = "greyhound"


def copy_of(harness, into):
    shutil.rmtree(into, ignore_errors=True)
    shutil.copytree(harness, into, ignore=shutil.ignore_patterns("results", "trash", "run"))
    shutil.copy(os.path.join(HERE, "greyhound.sh"), os.path.join(into, "adapters", OURS + ".sh"))
    return into


def run(harness, peer, scenario, **options):
    """What the run printed last as JSON; None, and the reason is said: it failed."""
    words = ["%s=%s" % pair for pair in options.items()]
    command = ["bash", os.path.join(harness, "run_peer.sh"), peer, scenario] + words
    done = subprocess.run(command, capture_output=True, text=True)
    for line in reversed(done.stdout.splitlines()):
        if line.startswith("{"):
            return json.loads(line)
    print("  %s %s: %s" % (peer, scenario, (done.stderr or done.stdout).strip()[-200:]))
    return None


def median(results, key):
    return statistics.median(result[key] for result in results)


def holds(value, target):
    if target is None:
        return None
    return value <= target[1] if target[0] == "<=" else value >= target[1]
