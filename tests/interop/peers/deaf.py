"""deaf.py ENDPOINT MESSAGES BYTES: sends so many of so many bytes, and does not listen.

A line on stdin is the sign to read the answers after all; then it prints `Heard N` and ends.
"""

import sys

import zmq

endpoint, messages, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

context = zmq.Context()
dealer = context.socket(zmq.DEALER)
dealer.linger = 0
dealer.rcvhwm = 1
dealer.setsockopt(zmq.IDENTITY, b"DEAF")
dealer.connect(endpoint)
for _ in range(messages):
    dealer.send(bytes(size))

if sys.stdin.readline():
    heard = 0
    while heard < messages:
        if dealer.recv() != b"ACK: " + bytes(size):
            sys.exit("This is not what was said")
        heard += 1
    print(f"Heard {heard}", flush=True)
