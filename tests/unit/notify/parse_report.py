"""Prints what Python's email package sees in one stored notice; fails on any defect it reports."""

import email
import email.policy
import email.utils
import sys


def main(path):
    with open(path, "rb") as file:
        message = email.message_from_binary_file(file, policy=email.policy.compat32)

    faults = [f"{part.get_content_type()}: {defect!r}"
              for part in message.walk() for defect in part.defects]
    if faults:
        print("\n".join(faults))
        return 1

    print("type", message.get_content_type(), message.get_param("report-type"))
    print("subject", message["Subject"])
    print("date", email.utils.parsedate_to_datetime(message["Date"]).isoformat())
    parts = message.get_payload()
    for part in parts:
        print("part", part.get_content_type())
    for number, block in enumerate(parts[1].get_payload()):
        for name, value in block.items():
            label = "recipient" if number else "message"
            print(label, f"{name}={value}".replace("\r\n", "").replace("\n", ""))
    if len(parts) > 2 and parts[2].get_content_type() == "message/rfc822":
        print("returned", parts[2].get_payload()[0]["Subject"])
    return 0


sys.exit(main(sys.argv[1]))
