#!/usr/bin/env python3
"""What `./dev demo` runs: a greylisting receiver and the agent on loopback, real mail, real time.

Four destinations are played by one receiver: one greylists, one stays deferred, one refuses for
good, and the sender's own domain takes the notices. Everything is printed as it happens; at the end
a table says what was seen. Exit code 0 only if all of it was.
"""

import argparse
import calendar
import email
import email.message
import heapq
import json
import os
import queue
import re
import shlex
import shutil
import signal
import smtplib
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

SENDER = "ann@home.example"
BY_SMTP = "bob@greylisted.example"
BY_SENDMAIL = "eve@greylisted.example"
STAYS_DEFERRED = "tom@busy.example"
REFUSED = "sam@gone.example"

WINDOW_S = 6
GREYLIST_WAITS = ["4s", "4s", "5s", "6s"]
ATTEMPTS_OF_DEFERRED = 5  # two more failures after the one that brings the notice
LIMIT_S = 60
SETTLE_S = 0.2  # two programs report one thing: so long to put their lines in order

RULES = [
    "*@home.example accept",
    "*@busy.example defer 451 4.7.1 Greylisted, please come back later",
    "*@gone.example refuse 550 5.1.1 No such mailbox",
]


class Failure(Exception):
    """Something that keeps the demonstration from going on."""


class Screen:
    """Prints the timeline; colours only where somebody looks at a terminal."""

    COLOURS = {"agent": "36", "receiver": "33", "we": "0", "good": "32", "bad": "31", "bold": "1"}

    def __init__(self):
        self.start = time.time()
        self.has_colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def paint(self, colour, text):
        return f"\033[{self.COLOURS[colour]}m{text}\033[0m" if self.has_colours else text

    def event(self, who, text, at=None):
        seconds = max(0.0, (at or time.time()) - self.start)
        print(f"{seconds:6.1f} s  {self.paint(who, f'{who:<9}')} {text}", flush=True)

    def heading(self, text):
        print("\n" + self.paint("bold", text), flush=True)

    def block(self, text):
        for line in text.splitlines():
            print("    | " + line, flush=True)


class Program:
    """A program we started; its output lines go into the queue that all share."""

    def __init__(self, name, command, environment, lines):
        self.name = name
        self.lines = lines
        self.process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C reaches us alone, and we end it in order
        )
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put((self.name, line.rstrip("\n")))
        self.lines.put((self.name, None))

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.reader.join(timeout=5)
        return self.process.returncode


def wall_time_of(line):
    """The time that a line of either log states, in seconds since 1970; None: it states none."""
    if line.startswith("{"):
        found = re.search(r'"at_us":(\d+)', line)
        return int(found[1]) // 1000 / 1000 if found else None
    found = re.match(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z ", line)
    if not found:
        return None
    return calendar.timegm(time.strptime(found[1], "%Y-%m-%dT%H:%M:%S")) + float(found[2] or 0)


def read_log_line(line):
    """The event and fields of one line of the agent's log; (None, {}) for anything else."""
    match = re.match(r"\S+Z \w+ (\w+)\s*(.*)$", line)
    if not match:
        return None, {}
    fields = {}
    for key, quoted, bare in re.findall(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))', match[2]):
        fields[key] = re.sub(r"\\(.)", r"\1", quoted) if quoted else bare
    return match[1], fields


class Demo:
    def __init__(self, build):
        self.agent_binary = build / "greyhound"
        self.receiver_binary = build / "tests" / "greylisting_receiver"
        self.home = build / "demo"
        self.screen = Screen()
        self.lines = queue.Queue()
        self.waiting = []  # lines in order of the time they state, not shown yet
        self.shown_at = None  # the time that the line being shown states
        self.programs = []
        self.agent_endpoint = None
        self.receiver_endpoint = None
        self.agent_is_ready = False
        self.handed_in = {}  # recipient -> the bytes we handed in
        self.ids = {}  # id of a message -> how it was handed in
        self.accepted = set()
        self.contacts = {}  # recipient -> [(code, accepted)]
        self.announced = set()  # recipients whose next attempt was announced
        self.attempts_failed = {}
        self.delivered = {}  # recipient -> attempt
        self.taken = 0
        self.notices = []  # (kind, attempts of the deferred mail that had failed by then)
        self.mail = {}  # recipient -> [bytes] as the receiver took them

    # ---- setting up

    def socket_folder(self):
        """Unix socket names are short; a deep build folder must not keep the demo from running."""
        if len(str(self.home)) < 80:
            return self.home
        self.short_folder = Path(tempfile.mkdtemp(prefix="greyhound-demo-"))
        return self.short_folder

    def prepare(self):
        for binary in (self.agent_binary, self.receiver_binary):
            if not binary.exists():
                raise Failure(f"{binary} is not built; ./dev demo builds it")
        shutil.rmtree(self.home, ignore_errors=True)
        (self.home / "config").mkdir(parents=True)
        (self.home / "received").mkdir()

    def write_config(self):
        host, port = self.receiver_endpoint
        sockets = self.socket_folder()
        config = {
            "hostname": "agent.example",
            "state_dir": str(self.home / "state"),
            "control": {"socket": str(sockets / "control.sock")},
            "intake": {
                "listeners": [
                    {"address": "127.0.0.1", "port": 0},
                    {"unix": str(sockets / "smtp.sock")},
                ]
            },
            "queue": {"memory": "32MiB", "reserve_disk": "16MiB"},
            "routes": [{"domain": "*.example", "next_hops": [{"host": host, "port": port}]}],
        }
        rule = {
            "name": "demo",
            "match": {},
            "retry": GREYLIST_WAITS,
            "greylist": GREYLIST_WAITS,
            "jitter": "0%",
            "adapt": False,
        }
        notification = {
            "delay": {"after_retry": 2},
            "postmaster": {"address": "postmaster@agent.example"},
        }
        files = {
            "greyhound.json": config,
            "retry.json": {"rules": [rule]},
            "notification.json": notification,
        }
        for name, content in files.items():
            (self.home / "config" / name).write_text(json.dumps(content, indent=2) + "\n")

    def start(self, name, command):
        environment = dict(os.environ, GREYHOUND_CONFIG=str(self.home / "config"))
        program = Program(name, command, environment, self.lines)
        self.programs.append(program)
        return program

    def start_receiver(self):
        command = [str(self.receiver_binary), "--listen", "127.0.0.1:0", "--log", "-"]
        command += ["--store", str(self.home / "received"), "--hostname", "mx.example"]
        command += ["--initial-denial", f"{WINDOW_S}s", "--unverified-expiry", "1h"]
        command += ["--text", "Greylisted, please try again in %SECONDS% seconds"]
        for rule in RULES:
            command += ["--rule", rule]
        self.start("receiver", command)
        self.follow(lambda: self.receiver_endpoint, "the receiver to listen", 20)

    def start_agent(self):
        self.write_config()
        self.start("agent", [str(self.agent_binary), "run"])
        is_ready = lambda: self.agent_is_ready and self.agent_endpoint
        self.follow(is_ready, "the agent to be ready", 20)

    # ---- handing in

    def letter(self, recipient, how):
        text = (
            f"From: Ann <{SENDER}>\r\nTo: {recipient}\r\nSubject: handed in by {how}\r\n"
            f"Message-ID: <{how}.{recipient}>\r\n\r\nDear {recipient.split('@')[0]},\r\n\r\n"
            f".a line that starts with a dot\r\nYours, Ann\r\n"
        )
        self.handed_in[recipient] = text.encode()
        return text

    def hand_in_by_smtp(self, recipient):
        self.screen.event("we", f"hand in a message to {recipient} by SMTP")
        host, port = self.agent_endpoint
        with smtplib.SMTP(host, port, local_hostname="client.example", timeout=20) as client:
            client.sendmail(SENDER, [recipient], self.letter(recipient, "smtp"))

    def hand_in_by_sendmail(self, recipient):
        command = [str(self.agent_binary), "sendmail", "-i", "-f", SENDER, recipient]
        shown = shlex.join(["greyhound", *command[1:]])
        self.screen.event("we", f"hand in a message by `{shown}`")
        done = subprocess.run(
            command,
            input=self.letter(recipient, "sendmail").replace("\r\n", "\n").encode(),
            env=dict(os.environ, GREYHOUND_CONFIG=str(self.home / "config")),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=20,
        )
        if done.returncode != 0:
            raise Failure(f"sendmail ended with {done.returncode}: {done.stdout.decode()}")

    # ---- following what happens

    def follow(self, is_done, what, limit_s):
        """Shows what happens until is_done() holds; False if it does not within the limit."""
        deadline = time.monotonic() + limit_s
        while not is_done():
            if time.monotonic() > deadline:
                if what:
                    raise Failure(f"waited {limit_s} s for {what}")
                return False
            self.take_lines(SETTLE_S / 4)
            self.show_lines(time.time() - SETTLE_S)
        return True

    def take_lines(self, wait_s):
        try:
            while True:
                name, line = self.lines.get(timeout=wait_s)
                if line is None:
                    self.show_lines(None)
                    raise Failure(f"the {name} has ended by itself")
                # The receiver answers before the agent can have heard it.
                rank = 0 if name == "receiver" else 1
                at = wall_time_of(line) or time.time()
                self.taken += 1  # lines of one program and millisecond stay in their order
                heapq.heappush(self.waiting, (at, rank, self.taken, name, line))
                wait_s = 0
        except queue.Empty:
            return

    def show_lines(self, until):
        while self.waiting and (until is None or self.waiting[0][0] <= until):
            self.shown_at, _, _, name, line = heapq.heappop(self.waiting)
            if name == "agent":
                self.see_agent(line)
            else:
                self.see_receiver(line)

    def say(self, who, text):
        self.screen.event(who, text, self.shown_at)

    def see_receiver(self, line):
        if line.startswith("listening "):
            host, port = line.split()[1].rsplit(":", 1)
            self.receiver_endpoint = (host, int(port))
            self.say("receiver", f"listens on {host}:{port}; new triplets wait {WINDOW_S} s")
            return
        try:
            entry = json.loads(line)
        except ValueError:
            self.say("receiver", line)
            return
        if entry["event"] == "recipient":
            code = 250 if entry["accepted"] else int(entry["reply"][:3])
            self.contacts.setdefault(entry["recipient"], []).append(code)
            if not entry["accepted"]:
                self.say("receiver", f"to {entry['recipient']}: {entry['reply']}")
        elif entry["event"] == "message" and entry["accepted"]:
            to = ", ".join(entry["recipients"])
            self.say("receiver", f"takes {entry['size_bytes']} bytes for {to}")
            content = Path(entry["file"]).read_bytes()
            for recipient in entry["recipients"]:
                self.mail.setdefault(recipient, []).append(content)

    def see_agent(self, line):
        event, fields = read_log_line(line)
        see = getattr(self, f"see_{event}", None) if event else None
        if see:
            see(fields)
        elif event is None or " error " in line:
            self.say("agent", line)

    def see_listening(self, fields):
        if "address" in fields:
            host, port = fields["address"].rsplit(":", 1)
            self.agent_endpoint = (host, int(port))
            self.say("agent", f"listens on {host}:{port}")

    def see_ready(self, fields):
        self.agent_is_ready = True
        self.say("agent", f"is ready; state in {fields.get('state_dir', '?')}")

    def see_accepted(self, fields):
        client = fields.get("client", "")
        how = "sendmail" if client.startswith("uid") else "smtp"
        self.accepted.add(how)
        self.ids[fields["id"]] = how
        self.say("agent", f"accepts {fields['id']} from {fields['from']} ({client}); on disk")

    def see_deferred(self, fields):
        to, attempt = fields["to"], int(fields["attempt"])
        self.attempts_failed[to] = attempt
        self.announced.add(to)
        words = f"attempt {attempt} for {to} deferred ({fields['class']}); next in {fields['in']} s"
        self.say("agent", words)

    def see_delivered(self, fields):
        self.delivered[fields["to"]] = int(fields["attempt"])
        words = f"delivered to {fields['to']} at attempt {fields['attempt']}"
        self.say("agent", self.screen.paint("good", words))

    def see_failed(self, fields):
        words = f"gives up on {fields['to']}: {fields['reply']}"
        self.say("agent", self.screen.paint("bad", words))

    def see_notice(self, fields):
        self.notices.append((fields["kind"], self.attempts_failed.get(STAYS_DEFERRED, 0)))
        self.say("agent", f"queues a {fields['kind']} notice to {fields['to']}")

    # ---- what was seen

    def notices_received(self, action):
        """The notices that the sender's own domain took, by the Action field of their report."""
        found = []
        for content in self.mail.get(SENDER, []):
            message = email.message_from_bytes(content)
            for part in message.walk():
                if part.get_content_type() != "message/delivery-status":
                    continue
                if any(block.get("Action") == action for block in part.get_payload()):
                    found.append(message)
        return found

    def everything_happened(self):
        return (
            BY_SMTP in self.delivered
            and BY_SENDMAIL in self.delivered
            and self.attempts_failed.get(STAYS_DEFERRED, 0) >= ATTEMPTS_OF_DEFERRED
            and self.notices_received("delayed")
            and self.notices_received("failed")
        )

    def arrived_unchanged(self, recipient, handed_in):
        copies = self.mail.get(recipient, [])
        return len(copies) == 1 and copies[0].endswith(handed_in)

    def findings(self):
        """(what should have been seen, whether it was)"""
        waited = lambda to: 451 in self.contacts.get(to, []) and to in self.announced
        delays = [attempts for kind, attempts in self.notices if kind == "delay"]
        body = lambda to: self.handed_in.get(to, b"?").split(b"\r\n\r\n", 1)[-1]
        return [
            ("a message handed in by SMTP was accepted", "smtp" in self.accepted),
            ("a message handed in by greyhound sendmail was accepted", "sendmail" in self.accepted),
            ("the receiver refused both with 451, and the next attempt was announced",
             waited(BY_SMTP) and waited(BY_SENDMAIL)),
            ("the one by SMTP was delivered once at a retry, its bytes unchanged",
             self.delivered.get(BY_SMTP, 0) > 1
             and self.arrived_unchanged(BY_SMTP, self.handed_in.get(BY_SMTP, b"?"))),
            ("the one by sendmail was delivered once at a retry, its text unchanged",
             self.delivered.get(BY_SENDMAIL, 0) > 1
             and self.arrived_unchanged(BY_SENDMAIL, body(BY_SENDMAIL))),
            ("the delay notice came when the second retry had failed", delays == [3]),
            (f"it stayed the only one after {ATTEMPTS_OF_DEFERRED} failed attempts",
             self.attempts_failed.get(STAYS_DEFERRED, 0) >= ATTEMPTS_OF_DEFERRED
             and len(delays) == 1 and len(self.notices_received("delayed")) == 1),
            ("the receiver refused one with 550, at a single attempt",
             self.contacts.get(REFUSED) == [550]),
            ("its sender got one failure notice", len(self.notices_received("failed")) == 1),
        ]

    def show_notice(self, action, title):
        for message in self.notices_received(action):
            self.screen.heading(f"{title} (Subject: {message['Subject']})")
            for part in message.walk():
                if part.get_content_type() == "text/plain":
                    text = part.get_payload(decode=True).decode("utf-8", "replace")
                    self.screen.block(text.strip())
                    break

    def summary(self):
        self.screen.heading("What was seen")
        all_seen = True
        for what, was_seen in self.findings():
            all_seen = all_seen and was_seen
            mark = self.screen.paint("good", "yes") if was_seen else self.screen.paint("bad", "NO ")
            print(f"  {mark}  {what}")
        print()
        return all_seen

    def play(self):
        self.prepare()
        self.screen.heading("Greyhound and a greylisting receiver, on loopback")
        self.start_receiver()
        self.start_agent()
        for hand_in, recipient in (
            (self.hand_in_by_smtp, BY_SMTP),
            (self.hand_in_by_sendmail, BY_SENDMAIL),
            (self.hand_in_by_smtp, STAYS_DEFERRED),
            (self.hand_in_by_smtp, REFUSED),
        ):
            hand_in(recipient)
            self.follow(lambda: recipient in self.contacts, f"a first attempt to {recipient}", 20)
        self.follow(self.everything_happened, None, LIMIT_S)
        self.show_notice("delayed", "The one delay notice")
        self.show_notice("failed", "The failure notice")
        return self.summary()

    def end(self):
        for program in reversed(self.programs):  # the agent first
            program.end()
        if hasattr(self, "short_folder"):
            shutil.rmtree(self.short_folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=Path("build/release"))
    arguments = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    demo = Demo(arguments.build.resolve())
    try:
        return 0 if demo.play() else 1
    except KeyboardInterrupt:
        print("\ndemo: interrupted", file=sys.stderr)
        return 130
    except (Failure, OSError, smtplib.SMTPException, subprocess.SubprocessError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    finally:
        demo.end()


if __name__ == "__main__":
    sys.exit(main())
