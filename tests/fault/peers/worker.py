"""worker.py ENDPOINT NAME [hold]: a worker of callsign/1 that replies `done` and the body.

Prints `Welcome after MS ms, N refusals` each time it is welcomed. With `hold` it answers no
request, and prints `Holds N` instead. Confirms whatever is sent to it.
"""

import os
import sys
import time

import zmq

from peer import RECEIPT, Peer, Verb, wait

CAPACITY = 8


def serve(endpoint, name, on_welcome, on_request, capacity=CAPACITY):
    """Until it ends: `on_request` tells whether to answer. Ends with the process that forked it."""
    parent = os.getppid()
    away_since = time.monotonic()
    peer = Peer(zmq.Context(), endpoint, name, capacity)
    welcome = None
    while peer.ended is None and os.getppid() == parent:
        wait([peer])
        messages = peer.receive()
        if peer.welcome is None and welcome is not None:
            away_since = time.monotonic()
        elif peer.welcome is not None and peer.welcome is not welcome:
            on_welcome((time.monotonic() - away_since) * 1000, peer.refusals)
        welcome = peer.welcome
        for verb, flags, _, id, frames in messages:
            if verb == Verb.SEND and flags & RECEIPT:
                peer.send(Verb.ACK, id, frames[0])
            elif verb == Verb.REQUEST and on_request():
                peer.send(Verb.REPLY, id, frames[0], b"done", *frames[1:])


def main():
    holds = sys.argv[3:] == ["hold"]
    held = 0

    def on_welcome(ms, refusals):
        print(f"Welcome after {ms:.1f} ms, {refusals} refusals", flush=True)

    def on_request():
        nonlocal held
        held += 1
        if holds:
            print(f"Holds {held}", flush=True)
        return not holds

    serve(sys.argv[1], sys.argv[2], on_welcome, on_request)


if __name__ == "__main__":
    main()
