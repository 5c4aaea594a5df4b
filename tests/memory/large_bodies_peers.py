"""large_bodies_peers.py ENDPOINT REQUESTS BYTES: a worker and a client with bodies of many bytes.

Each body has its own bytes; every one of them is compared at the other end, on the way there as on
the way back. Two requests are open at a time. Prints how many were replied to.
"""

import os
import pathlib
import sys

import zmq

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "fault" / "peers"))
from peer import Peer, Verb, wait  # noqa: E402

WINDOW = 2

endpoint, requests, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
# Different ones for the way there and the way back.
noise = {Verb.REQUEST: os.urandom(size), Verb.REPLY: os.urandom(size)}


def body(verb, id):
    """All numbered, at the beginning and at the end."""
    number = id.to_bytes(8, "little")
    return number + noise[verb][8:-8] + number


def check(verb, id, frames):
    if len(frames) != 2 or frames[1] != body(verb, id):
        sys.exit(f"the body of {verb.name} {id} is not as it was sent")


context = zmq.Context()
worker = Peer(context, endpoint, "WORKER", WINDOW)
client = Peer(context, endpoint, "CLIENT")
asked = replied = 0
while replied < requests:
    wait([worker, client])
    is_ready = worker.welcome and client.welcome
    while is_ready and asked < requests and asked - replied < WINDOW:
        asked += 1
        client.send(Verb.REQUEST, asked, b"WORKER", body(Verb.REQUEST, asked))
    for message in worker.receive():
        check(Verb.REQUEST, message.id, message.frames)
        worker.send(Verb.REPLY, message.id, message.frames[0], body(Verb.REPLY, message.id))
    for message in client.receive():
        if message.verb != Verb.REPLY:
            sys.exit(f"received {message.verb} {message.frames[:2]}")
        check(Verb.REPLY, message.id, message.frames)
        replied += 1
print(f"Replied {replied}", flush=True)
