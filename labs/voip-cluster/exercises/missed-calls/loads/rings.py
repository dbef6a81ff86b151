#!/usr/bin/python3
# A telephone, and a caller. Each request is a call to the telephone, which rejects it as busy: then it has rung.
#
# The telephone registers as most real ones do: it asks for an hour, and registers again when half of the time has
# passed that the exchange has granted. In between it says nothing, wherever its exchange has gone.
import json
import re
import select
import socket
import sys
import threading
import time

begin = json.loads(sys.stdin.readline())
SERVER = (begin["address"], begin["port"])
NUMBER = begin["argument"]
CALLER = "110"
MARK = f"{time.time_ns():x}"
WANTED = 3600
PATIENCE = 2


def opened():
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.connect(SERVER)
    return line, "%s:%d" % line.getsockname()


def send(line, *lines, body=""):
    head = [*lines, f"Content-Length: {len(body)}"]
    try:
        line.send(("\r\n".join(head) + "\r\n\r\n" + body).encode())
    except OSError:
        pass  # No node has the address.


def receive(line):
    try:
        return line.recv(4096).decode(errors="replace")
    except OSError:
        return ""


def headers(message, *names):
    wanted = "|".join(names)
    return re.findall(rf"(?im)^(?:{wanted})\s*:[^\r\n]*", message)


def value(message, *names):
    found = headers(message, *names)
    return found[0].partition(":")[2].strip() if found else ""


class Telephone(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.line, self.at = opened()
        self.number = 0
        self.registered = threading.Event()

    def register(self):
        self.number += 1
        send(
            self.line,
            f"REGISTER sip:{SERVER[0]} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.at};rport;branch=z9hG4bK{MARK}r{self.number}",
            "Max-Forwards: 70",
            f"From: <sip:{NUMBER}@{SERVER[0]}>;tag={MARK}",
            f"To: <sip:{NUMBER}@{SERVER[0]}>",
            f"Call-ID: {MARK}-register",
            f"CSeq: {self.number} REGISTER",
            f"Contact: <sip:{NUMBER}@{self.at}>",
            f"Expires: {WANTED}",
        )

    def answer(self, message, status):
        to = headers(message, "To", "t")[0]
        same = headers(message, "Via", "v") + headers(message, "From", "f")
        same += [to if "tag=" in to else f"{to};tag={MARK}t"]
        send(self.line, f"SIP/2.0 {status}", *same, *headers(message, "Call-ID", "i"), *headers(message, "CSeq"))

    def run(self):
        due = time.monotonic()
        while True:
            if time.monotonic() >= due:
                self.register()
                due = time.monotonic() + PATIENCE
            ready, _, _ = select.select([self.line], [], [], max(0, due - time.monotonic()))
            message = receive(self.line) if ready else ""
            if message.startswith("INVITE "):
                self.answer(message, "486 Busy Here")
            elif message.startswith("OPTIONS "):
                self.answer(message, "200 OK")
            elif message.startswith("SIP/2.0 200 ") and value(message, "CSeq") == f"{self.number} REGISTER":
                expires = re.search(r"expires=(\d+)", value(message, "Contact", "m"))
                granted = expires.group(1) if expires else value(message, "Expires") or WANTED
                due = time.monotonic() + max(1, int(granted) / 2)
                self.registered.set()


class Caller(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.line, self.at = opened()

    def call(self, request):
        ip, port = self.at.split(":")
        session = ("v=0", f"o=- 1 1 IN IP4 {ip}", "s=-", f"c=IN IP4 {ip}", "t=0 0", f"m=audio {port} RTP/AVP 0")
        send(
            self.line,
            f"INVITE sip:{NUMBER}@{SERVER[0]} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.at};rport;branch=z9hG4bK{MARK}c{request}",
            "Max-Forwards: 70",
            f"From: <sip:{CALLER}@{SERVER[0]}>;tag={MARK}c{request}",
            f"To: <sip:{NUMBER}@{SERVER[0]}>",
            f"Call-ID: {MARK}-call-{request}",
            f"CSeq: {request + 1} INVITE",
            f"Contact: <sip:{CALLER}@{self.at}>",
            "Content-Type: application/sdp",
            body="".join(f"{part}\r\n" for part in session),
        )

    def run(self):
        while True:
            message = receive(self.line)
            found = re.match(r"SIP/2\.0 ([2-6]\d\d)", message)
            call = re.fullmatch(rf"{MARK}-call-(\d+)", value(message, "Call-ID", "i"))
            if not found or not call:
                continue
            status, request = found.group(1), int(call.group(1))
            send(
                self.line,
                f"ACK sip:{NUMBER}@{SERVER[0]} SIP/2.0",
                f"Via: SIP/2.0/UDP {self.at};rport;branch=z9hG4bK{MARK}c{request}",
                "Max-Forwards: 70",
                *headers(message, "From", "f"),
                *headers(message, "To", "t"),
                f"Call-ID: {MARK}-call-{request}",
                f"CSeq: {request + 1} ACK",
            )
            outcome = {"request": request}
            if status != "486":
                outcome["error"] = f"status {status}"
            print(json.dumps(outcome), flush=True)


telephone, caller = Telephone(), Caller()
telephone.start()
caller.start()
telephone.registered.wait(5)
print('{"ready": true}', flush=True)
for asked in sys.stdin:
    caller.call(json.loads(asked)["request"])
