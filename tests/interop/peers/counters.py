"""counters.py ENDPOINT PEERS WINDOW: peers that talk without a pause and keep count.

Each peer numbers its messages, keeps WINDOW of them unanswered at a time, and checks that the
answers come back whole and in order. Prints `All were answered` once each peer had an answer. A
line on stdin, or its end, is the sign to stop: it says nothing new, waits until all is answered or
nothing comes any more, and prints `NAME sent N answered M` for each peer.
"""

import os
import sys

import zmq

SILENCE_MS = 300

endpoint = sys.argv[1]
names = [f"TALKER_{n}" for n in range(int(sys.argv[2]))]
window = int(sys.argv[3])

context = zmq.Context()
poller = zmq.Poller()
poller.register(0, zmq.POLLIN)


class Peer:
    def __init__(self, name):
        self.name = name
        self.sent = 0
        self.answered = 0
        self.socket = context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.setsockopt(zmq.IDENTITY, name.encode())
        self.socket.connect(endpoint)
        poller.register(self.socket, zmq.POLLIN)

    def fill(self):
        while self.sent - self.answered < window:
            self.socket.send(f"{self.name} {self.sent}".encode())
            self.sent += 1

    def drain(self):
        while self.socket.getsockopt(zmq.EVENTS) & zmq.POLLIN:
            answer = self.socket.recv_multipart()
            wanted = [f"ACK: {self.name} {self.answered}".encode()]
            if answer != wanted:
                sys.exit(f"{self.name} received {answer} instead of {wanted}")
            self.answered += 1


peers = [Peer(name) for name in names]
by_socket = {peer.socket: peer for peer in peers}
is_told = False
is_over = False

while True:
    if not is_over:
        for peer in peers:
            peer.fill()
    elif all(peer.answered == peer.sent for peer in peers):
        break
    ready = poller.poll(SILENCE_MS if is_over else None)
    if is_over and not ready:
        break
    for readable, _ in ready:
        if readable == 0:
            os.read(0, 4096)
            poller.unregister(0)
            is_over = True
        else:
            by_socket[readable].drain()
    if not is_told and all(peer.answered > 0 for peer in peers):
        is_told = True
        print("All were answered", flush=True)

for peer in peers:
    print(f"{peer.name} sent {peer.sent} answered {peer.answered}", flush=True)
