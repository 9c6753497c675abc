"""Compares messages before and after conversion to 7 bits as Python's email package reads them.

Usage: compare_mail.py FOLDER, which holds N.before and N.after. Prints what differs; nothing: all
parts have the same type, the same fields but for the encoding, and the same decoded content.
"""

import email
import email.policy
import pathlib
import re
import sys


def parts_of(path):
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.compat32)
    parts = []
    for part in message.walk():
        fields = [(name, value) for name, value in part.items()
                  if name.lower() != "content-transfer-encoding"]
        content = None if part.is_multipart() else part.get_payload(decode=True)
        parts.append((part.get_content_type(), fields, content,
                      part.preamble, part.epilogue, [type(d).__name__ for d in part.defects]))
    return parts


def word_of(part, field, default):
    return re.sub(r"\([^()]*\)", "", part.get(field, default)).strip().lower()


def labelled_parts(part):
    """Part and all below it. Content alone is what lies in another type of message (RFC 2046 5.2.4),
    what has an unknown encoding (RFC 2045 6.4), and a message that does not say it is MIME."""
    yield part
    if not part.is_multipart():
        return
    if part.get_content_maintype() == "message":
        is_plain = word_of(part, "Content-Transfer-Encoding", "7bit") in ("7bit", "8bit", "binary")
        if part.get_content_type() != "message/rfc822" or not is_plain:
            return
        if word_of(part.get_payload(0), "MIME-Version", "") != "1.0":
            return
    for below in part.get_payload():
        yield from labelled_parts(below)


def faults_of(after):
    faults = []
    for line in after.read_bytes().split(b"\r\n"):
        if any(byte >= 0x80 for byte in line):
            faults.append(f"8-bit line {line!r}")
        if len(line) > 998:
            faults.append(f"line of {len(line)} octets")
    for part in labelled_parts(email.message_from_bytes(after.read_bytes())):
        encoding = part.get("Content-Transfer-Encoding", "7bit").lower()
        if encoding in ("8bit", "binary"):
            faults.append(f"encoding {encoding}")
        if encoding == "quoted-printable" and not part.is_multipart():
            longest = max(map(len, part.get_payload().split("\r\n")))
            if longest > 76:
                faults.append(f"quoted-printable line of {longest} octets")
    return faults


def main(folder):
    for before in sorted(pathlib.Path(folder).glob("*.before")):
        after = before.with_suffix(".after")
        wanted, found = parts_of(before), parts_of(after)
        if len(wanted) != len(found):
            print(f"{before.stem}: {len(wanted)} parts became {len(found)}")
        for number, (one, other) in enumerate(zip(wanted, found)):
            if one != other:
                print(f"{before.stem}: part {number}: {one!r} became {other!r}")
        for fault in faults_of(after):
            print(f"{before.stem}: {fault}")


main(sys.argv[1])
