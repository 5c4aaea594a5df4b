"""killed.py ENDPOINT NAME CYCLES callsign|plain: a worker that is killed and started again.

Each is a process of its own. By turns it is killed as soon as its name is its own, after it has
said some more, and in the middle of something: with requests it has not answered. Prints JSON:
how long each waited for its name, in ms, from its first connect on.
"""

import json
import os
import random
import signal
import sys
import time

import zmq

from worker import serve

LIFE_SECONDS = 20
# A plain peer whose message was swallowed has to say it again.
AGAIN_MS = 300
WORDS = 60

endpoint, name, cycles, dialect = sys.argv[1:]


def work(kind, tell):
    """A worker of callsign/1. Tells `B MS` when its name is back, and `W` after each request."""

    def on_request():
        tell("W")
        return kind != 2

    serve(endpoint, name, lambda ms, refusals: tell(f"B {ms}"), on_request)


def talk(kind, tell):
    """A plain DEALER that says something, waits for the answer, and says it again."""
    dealer = zmq.Context().socket(zmq.DEALER)
    dealer.routing_id = name.encode()
    started = time.monotonic()
    dealer.connect(endpoint)
    parent = os.getppid()
    for count in range(1000000):
        word = f"{os.getpid()} says {count}".encode()
        dealer.send(word)
        if count > 0 and kind == 2:
            tell("W")
        while not dealer.poll(AGAIN_MS):
            if os.getppid() != parent:
                return
            dealer.send(word)
        answer = dealer.recv_multipart()
        # What was said twice may be answered twice.
        if answer != [b"ACK: " + word] and count == 0:
            sys.exit(f"received {answer}")
        tell(f"B {(time.monotonic() - started) * 1000}" if count == 0 else "W")


def start(kind):
    """Forks one; its process id, and where it tells."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        run = work if dialect == "callsign" else talk
        run(kind, lambda text: os.write(theirs, f"{text}\n".encode()))
        os._exit(1)
    os.close(theirs)
    return pid, os.fdopen(ours)


def live(kind):
    """One life; how long it waited for its name."""
    pid, told = start(kind)
    try:
        signal.alarm(LIFE_SECONDS)
        word, _, ms = told.readline().partition(" ")
        if word != "B":
            sys.exit(f"it said {word!r} before its name was back")
        for _ in range([0, random.randint(1, WORDS), 1][kind]):
            if not told.readline():
                sys.exit("it ended by itself")
        return float(ms)
    finally:
        signal.alarm(0)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        told.close()


def on_alarm(*_):
    sys.exit(f"one of them had not its name, or nothing to do, for {LIFE_SECONDS} s")


signal.signal(signal.SIGALRM, on_alarm)
times = [live(cycle % 3) for cycle in range(int(cycles))]
print(json.dumps({"back": times}), flush=True)
