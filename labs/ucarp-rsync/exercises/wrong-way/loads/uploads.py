#!/usr/bin/python3
# A visitor who uploads a line, and then looks whether all earlier ones are still there. A request is good if they are.
#
# A server that loses its power may take the lines of its last seconds with it: the argument says how many. All
# others are promised, by whichever server they were taken.
import json
import re
import sys
import threading
import time
import urllib.request

begin = json.loads(sys.stdin.readline())
SITE = f"http://{begin['address']}:{begin['port']}"
GRACE = float(begin["argument"])
PATIENCE = begin["timeout-ms"] / 1000
MARK = f"v{time.time_ns():x}"

lock = threading.Lock()
promised = {}  # Each line with its server and the time of its acknowledgement.
server = None


def page(path):
    with urllib.request.urlopen(SITE + path, timeout=PATIENCE) as answer:
        return answer.read().decode()


def acknowledged(line, node):
    """Keeps a promise. If another server gives it than before, the last seconds of that one are forgiven."""
    global server
    with lock:
        now = time.monotonic()
        if server not in (None, node):
            last = max((at for by, at in promised.values() if by == server), default=now)
            young = [known for known, (by, at) in promised.items() if by == server and at > last - GRACE]
            for known in young:
                del promised[known]
        server = node
        promised[line] = (node, now)
        return list(promised)


def ask(request):
    outcome, line = {"request": request}, f"{MARK}-{request}"
    try:
        node = re.fullmatch(rf"ok {line}\nnode (\S+)\n", page(f"/upload.php?id={line}")).group(1)
        expected = acknowledged(line, node)
        *there, end = page("/uploads.php").splitlines()
        lost = set(expected) - set(there)
        if not end.startswith("end "):
            outcome["error"] = "incomplete"
        elif lost:
            outcome["error"] = f"uploads are gone from {node}"
        else:
            outcome["node"] = node
    except (AttributeError, ValueError):
        outcome["error"] = "incomplete"
    except OSError:
        outcome["error"] = "no answer"
    print(json.dumps(outcome) + "\n", end="", flush=True)


print('{"ready": true}', flush=True)
for asked in sys.stdin:
    threading.Thread(target=ask, args=[json.loads(asked)["request"]], daemon=True).start()
