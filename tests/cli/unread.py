"""unread.py stdout|stderr COMMAND [ARGUMENT]...: runs a program whose stdout is a terminal, or whose
stderr a full pipe, that nobody reads.

Prints the program's first line, and nothing more. A line on stdin, or its end, ends the program;
the exit status is the program's.
"""

import os
import pty
import signal
import subprocess
import sys

which, *command = sys.argv[1:]
if which == "stdout":
    here, there = pty.openpty()
    program = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=there)
else:
    here, out = os.pipe()
    _, there = os.pipe()
    os.set_blocking(there, False)
    for size in (4096, 1):
        try:
            while True:
                os.write(there, b"x" * size)
        except BlockingIOError:
            pass
    os.set_blocking(there, True)
    program = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=there)

line = b""
while not line.endswith(b"\n"):
    line += os.read(here, 1)
print(line.decode().strip(), flush=True)
sys.stdin.readline()
program.send_signal(signal.SIGTERM)
try:
    sys.exit(program.wait(5))
except subprocess.TimeoutExpired:
    program.kill()
    sys.exit("it did not end")
