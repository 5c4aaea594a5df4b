"""keys.py PROMPT KEYS COMMAND [ARGUMENT]...: runs a program on a terminal, as somebody would who
types KEYS once PROMPT is shown.

Prints all that the terminal shows. The exit status is the program's.
"""

import os
import pty
import sys

prompt, keys, *command = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(command[0], command)

seen = b""
try:
    while prompt.encode() not in seen:
        seen += os.read(terminal, 4096)
    os.write(terminal, keys.encode())
    while True:
        part = os.read(terminal, 4096)
        if not part:
            break
        seen += part
except OSError:
    pass  # Linux says so when the program has ended.
sys.stdout.buffer.write(seen)
sys.stdout.flush()
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
