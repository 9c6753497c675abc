"""Holds every notice of a folder against RFC 3464, 6522, 6533 and 5322, with Python's own parser.

A file is KIND_LANGUAGE_CASE.eml. Prints what is wrong, one line a fault; fails if there is any.
"""

import email
import email.header
import email.policy
import email.utils
import pathlib
import re
import sys

ACTIONS = {"delay": "delayed", "failure": "failed", "relay": "relayed", "bounce": "failed"}
CLASSES = {"delayed": "4", "failed": "5", "relayed": "2"}
TOP_FIELDS = ["From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
              "Auto-Submitted", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"]
MESSAGE_FIELDS = ["Original-Envelope-Id", "Reporting-MTA", "Arrival-Date"]
RECIPIENT_FIELDS = ["Original-Recipient", "Final-Recipient", "Action", "Status", "Remote-MTA",
                    "Diagnostic-Code", "Last-Attempt-Date", "Final-Log-ID", "Will-Retry-Until"]


class Report:
    def __init__(self, path):
        self.kind, self.language, self.case = path.stem.split("_", 2)
        self.raw = path.read_bytes()
        self.name = path.stem
        self.faults = []

    def expect(self, holds, what):
        if not holds:
            self.faults.append(what)

    def check(self):
        self.check_bytes()
        message = email.message_from_bytes(self.raw, policy=email.policy.compat32)
        for part in message.walk():
            for defect in part.defects:
                self.expect(False, f"{part.get_content_type()}: {defect!r}")
        self.check_top(message)
        parts = message.get_payload()
        if not isinstance(parts, list):
            self.expect(False, "is no multipart")
            return
        self.expect(len(parts) in (2, 3), f"{len(parts)} parts")
        self.check_words(message, parts[0])
        self.check_status(message, parts[1])
        if len(parts) == 3:
            self.check_returned(parts[2])

    def is_global(self):
        return self.case == "utf8"

    def check_bytes(self):
        self.expect(b"\x00" not in self.raw, "a NUL")
        self.expect(self.raw.replace(b"\r\n", b"").count(b"\n") == 0, "a bare LF")
        self.expect(self.raw.replace(b"\r\n", b"").count(b"\r") == 0, "a bare CR")
        longest = max(len(line) for line in self.raw.split(b"\r\n"))
        self.expect(longest <= 998, f"a line of {longest} octets")
        header = self.raw.split(b"\r\n\r\n", 1)[0]
        if not self.is_global():
            self.expect(header.isascii(), "a header beyond ASCII")

    def once(self, fields, name):
        found = fields.get_all(name, [])
        self.expect(len(found) == 1, f"{name} {len(found)} times")
        return re.sub(r"\r?\n[ \t]", " ", str(found[0])) if found else ""

    def check_date(self, text, what):
        try:
            date = email.utils.parsedate_to_datetime(text)
            self.expect(date.tzinfo is not None, f"{what} without a zone")
        except (TypeError, ValueError) as error:
            self.expect(False, f"{what}: {error}")

    def check_top(self, message):
        self.expect([key for key in message.keys() if key not in TOP_FIELDS] == [],
                    f"fields {message.keys()}")
        for name in set(message.keys()):
            self.once(message, name)
        self.expect(message.get_content_type() == "multipart/report", "the type of all")
        wanted = "global-delivery-status" if self.is_global() else "delivery-status"
        self.expect(message.get_param("report-type") == wanted, "report-type")
        self.expect(self.once(message, "Auto-Submitted") == "auto-replied", "Auto-Submitted")
        self.expect(self.once(message, "MIME-Version") == "1.0", "MIME-Version")
        self.check_date(self.once(message, "Date"), "Date")
        name, address = email.utils.parseaddr(self.once(message, "From"))
        self.expect(address == "postmaster@example.org", f"From {address}")
        self.expect("\n" not in name, "a name of two lines")
        self.expect(re.fullmatch(r"<[^<>@\s]+@[^<>@\s]+>", self.once(message, "Message-ID")),
                    "Message-ID")
        subject = str(email.header.make_header(email.header.decode_header(
            self.once(message, "Subject"))))
        self.expect(subject.isprintable() and subject != "", f"Subject {subject!r}")
        for line in self.raw.split(b"\r\n\r\n", 1)[0].split(b"\r\n"):
            self.expect(b"=?" not in line or len(line) <= 76, f"encoded words in {line}")
            for word in re.findall(rb"=\?[^ ]*\?=", line):
                self.expect(len(word) <= 75, "an encoded word beyond 75 octets")

    def check_words(self, message, part):
        self.expect(part.get_content_type() == "text/plain", "the first part")
        self.expect(part.get_content_charset() == "utf-8", "charset")
        self.expect(self.once(part, "Content-Language") == self.language, "Content-Language")
        text = part.get_payload(decode=True).decode("utf-8")
        shown = text.replace("\r\n", "")
        self.expect(shown.isprintable(), "words that act on a display")
        self.expect("{" not in shown, "a placeholder that was left")

    def check_status(self, message, part):
        wanted = "message/global-delivery-status" if self.is_global() else \
            "message/delivery-status"
        self.expect(part.get_content_type() == wanted, f"{part.get_content_type()} as second part")
        payload = part.get_payload()
        # Python knows blocks of message/delivery-status alone.
        if isinstance(payload, list) and len(payload) == 1 and self.is_global():
            payload = payload[0].as_bytes()
        if isinstance(payload, list):
            blocks = payload
        else:
            raw = self.raw.split(b"global-delivery-status\r\n", 1)[1].split(b"\r\n\r\n", 1)[1]
            raw = raw.split(b"\r\n--=_", 1)[0]
            blocks = [email.message_from_bytes(block) for block in raw.split(b"\r\n\r\n")]
        blocks = [block for block in blocks if block.keys()]
        self.expect(len(blocks) >= 2, f"{len(blocks)} blocks")
        self.check_message_block(blocks[0])
        for block in blocks[1:]:
            self.check_recipient_block(block)

    def check_message_block(self, block):
        self.expect([key for key in block.keys() if key not in MESSAGE_FIELDS] == [],
                    f"fields of the message {block.keys()}")
        self.expect(re.fullmatch(r"dns; [A-Za-z0-9.\[\]:-]+", self.once(block, "Reporting-MTA")),
                    "Reporting-MTA")
        self.check_date(self.once(block, "Arrival-Date"), "Arrival-Date")

    def check_recipient_block(self, block):
        self.expect([key for key in block.keys() if key not in RECIPIENT_FIELDS] == [],
                    f"fields of a recipient {block.keys()}")
        for name in set(block.keys()):
            value = self.once(block, name)
            if not self.is_global():
                self.expect(value.isascii(), f"{name} beyond ASCII")
        action = self.once(block, "Action")
        self.expect(action == ACTIONS[self.kind], f"Action {action}")
        status = self.once(block, "Status")
        self.expect(re.fullmatch(r"[245]\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})", status),
                    f"Status {status}")
        self.expect(status[:1] == CLASSES.get(action), f"Status {status} of {action}")
        final = self.once(block, "Final-Recipient")
        self.expect(re.fullmatch(r'(rfc822|utf-8); (\S+|".+")@\S+', final),
                    f"Final-Recipient {final}")
        if "Original-Recipient" in block:
            self.expect(re.match(r"[A-Za-z0-9-]+; \S", self.once(block, "Original-Recipient")),
                        "Original-Recipient")
        if "Remote-MTA" in block:
            self.expect(re.fullmatch(r"dns; \S+", self.once(block, "Remote-MTA")), "Remote-MTA")
        if "Diagnostic-Code" in block:
            self.expect(re.match(r"smtp; \d{3}[ -]", self.once(block, "Diagnostic-Code")),
                        "Diagnostic-Code")
        self.check_date(self.once(block, "Last-Attempt-Date"), "Last-Attempt-Date")
        self.expect(("Will-Retry-Until" in block) == (action == "delayed"), "Will-Retry-Until")
        if "Will-Retry-Until" in block:
            self.check_date(self.once(block, "Will-Retry-Until"), "Will-Retry-Until")

    def check_returned(self, part):
        kinds = ("message/global-headers", "message/global") if self.is_global() else \
            ("text/rfc822-headers", "message/rfc822")
        self.expect(part.get_content_type() in kinds, f"{part.get_content_type()} as third part")
        if self.kind != "failure":
            self.expect(part.get_content_type() == kinds[0], "more than the header")


def main(folder):
    reports = [Report(path) for path in sorted(pathlib.Path(folder).glob("*.eml"))]
    faults = 0
    for report in reports:
        report.check()
        faults += len(report.faults)
        for fault in report.faults:
            print(f"{report.name}: {fault}")
    print(f"{len(reports)} notices, {faults} faults")
    return 1 if faults or not reports else 0


sys.exit(main(sys.argv[1]))
