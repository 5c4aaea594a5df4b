"""askers.py ENDPOINT ASKERS WINDOW NAME...: clients that ask workers without a pause.

Each keeps WINDOW requests open, and counts how each ends. After the line `more` on stdin it prints
`All were answered` once each has had another reply. After `end` it asks nothing new, and once all
has ended, or nothing more comes, it prints its counts as JSON.
"""

import collections
import json
import os
import sys
import time

import zmq

from peer import Peer, Verb, wait

PATIENCE = 10
# After a failure: asking a name that nobody holds is answered at once, and again, and again.
PAUSE = 0.005

endpoint, askers, window, *names = sys.argv[1:]
context = zmq.Context()
ends = collections.Counter()


class Asker:
    def __init__(self, number):
        self.peer = Peer(context, endpoint, f"ASKER_{number}")
        self.session = self.peer.sessions
        self.open = {}
        self.asked = 0
        self.has_reply = False
        self.resume_at = 0

    def fill(self):
        if time.monotonic() < self.resume_at:
            return
        while self.peer.welcome and len(self.open) < int(window):
            self.asked += 1
            body = f"{self.peer.identity} {self.asked}".encode()
            self.open[self.asked] = body
            self.peer.send(Verb.REQUEST, self.asked, names[self.asked % len(names)].encode(), body)

    def drain(self):
        for message in self.peer.receive():
            self.end(message)
        if self.session != self.peer.sessions:
            # The broker that had them is gone, or has seen this session go: nobody else can tell.
            self.session = self.peer.sessions
            ends["gone"] += len(self.open)
            self.open.clear()

    def end(self, message):
        body = self.open.pop(message.id, None)
        if body is None:
            ends["again"] += 1
        elif message.verb == Verb.ERROR:
            ends[message.frames[0].decode()] += 1
            self.resume_at = time.monotonic() + PAUSE
        elif message.verb == Verb.REPLY and message.frames[1:] == [b"done", body]:
            ends["replied"] += 1
            self.has_reply = True
        else:
            ends["wrong"] += 1


def main():
    clients = [Asker(number) for number in range(int(askers))]
    peers = [client.peer for client in clients]
    is_asked_for_more = False
    end_at = None
    while end_at is None or any(client.open for client in clients) and time.monotonic() < end_at:
        if wait(peers, [] if end_at else [0], PAUSE * 1000):
            line = os.read(0, 4096)
            if line == b"more\n":
                is_asked_for_more = True
                for client in clients:
                    client.has_reply = False
            else:
                end_at = time.monotonic() + PATIENCE
        for client in clients:
            client.drain()
            if end_at is None:
                client.fill()
        if is_asked_for_more and all(client.has_reply for client in clients):
            is_asked_for_more = False
            print("All were answered", flush=True)
    asked = sum(client.asked for client in clients)
    left = sum(len(client.open) for client in clients)
    print(json.dumps({"asked": asked, "open": left, **ends}), flush=True)


main()
