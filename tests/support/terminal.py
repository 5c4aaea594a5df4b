"""Runs a script of bash on a terminal of its own: our stdin is its keyboard, our stdout its screen."""

import os
import pty
import select
import sys
import termios

child, terminal = pty.fork()
if child == 0:
    os.execvp("bash", ["bash", "-c", sys.argv[1]])

# What is typed is not to show among what is printed.
mode = termios.tcgetattr(terminal)
mode[3] &= ~termios.ECHO
termios.tcsetattr(terminal, termios.TCSANOW, mode)

sources = [terminal, 0]
while True:
    ready = select.select(sources, [], [])[0]
    if 0 in ready:
        typed = os.read(0, 65536)
        os.write(terminal, typed)
        if not typed:
            sources.remove(0)
    if terminal in ready:
        try:
            shown = os.read(terminal, 65536)
        except OSError:
            shown = b""
        if not shown:
            break
        os.write(1, shown)

status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
sys.exit(status if status >= 0 else 128 - status)
