"""A person at a terminal: runs a command in a pseudo-terminal of its own, waits for words and types.

Standard input: {"argv": [...], "env": {...}, "cwd": "...", "steps": [[wait for, type], ...]}.
Standard output: {"code": exit code, "seen": all that the terminal showed, "echo": [whether keys would be shown, at each step that types],
"restored": whether the terminal is as it was at the start}.
A step may type "SIGNAL:TERM", which sends a signal instead.
"""

import fcntl
import json
import os
import select
import signal
import sys
import termios
import time

order = json.load(sys.stdin)
master, slave = os.openpty()
before = termios.tcgetattr(slave)
child = os.fork()
if child == 0:
    os.close(master)
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in (0, 1, 2):
        os.dup2(slave, fd)
    os.chdir(order["cwd"])
    os.execve(order["argv"][0], order["argv"], order["env"])

seen = b""
at = 0
echo = []
code = None
end = time.monotonic() + 60


def hear(patience):
    """What the terminal shows until it is silent for so long."""
    global seen
    if select.select([master], [], [], patience)[0]:
        seen += os.read(master, 4096)
        return True
    return False


def ended():
    """The exit code, once there is one."""
    global code
    if code is None:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            code = os.waitstatus_to_exitcode(status)
    return code is not None


for wanted, typed in order["steps"]:
    while wanted.encode() not in seen[at:]:
        if (not hear(0.05) and ended() and not hear(0.05)) or time.monotonic() > end:
            sys.exit(f"never said {wanted!r}: {seen.decode(errors='replace')!r}, ended with {code}")
    at += seen[at:].index(wanted.encode()) + len(wanted.encode())
    if typed:
        echo.append(bool(termios.tcgetattr(slave)[3] & termios.ECHO))
    if typed.startswith("SIGNAL:"):
        os.kill(child, getattr(signal, "SIG" + typed.removeprefix("SIGNAL:")))
    else:
        os.write(master, typed.encode())

while not ended() and time.monotonic() < end:
    hear(0.05)
while hear(0.05):
    pass
if code is None:
    os.kill(child, signal.SIGKILL)
    sys.exit(f"did not end: {seen.decode(errors='replace')!r}")
restored = termios.tcgetattr(slave) == before
json.dump({"code": code, "seen": seen.decode(errors="replace"), "echo": echo, "restored": restored}, sys.stdout)
