"""talker.py ENDPOINT NAME: a DEALER that talks, one numbered message after the other.

It waits for each answer and checks it, then for a moment, so that nobody drowns in its talk. Prints
`NAME was answered` after the first answer, and again after an answer to what it says after each
empty line of stdin. Any other line, or the end of stdin, ends it, with `NAME was answered N times`.
"""

import sys

import zmq

SILENCE_MS = 15000
PAUSE_MS = 1

endpoint, name = sys.argv[1:]
context = zmq.Context()
dealer = context.socket(zmq.DEALER)
dealer.linger = 0
dealer.setsockopt(zmq.IDENTITY, name.encode())
dealer.connect(endpoint)

poller = zmq.Poller()
poller.register(sys.stdin, zmq.POLLIN)

count = 0
is_asked = True
while True:
    message = f"{name} says {count}".encode()
    dealer.send(message)
    if not dealer.poll(SILENCE_MS):
        sys.exit(f"{name}: no answer to message {count}")
    answer = dealer.recv_multipart()
    if answer != [b"ACK: " + message]:
        sys.exit(f"{name}: received {answer} instead of the answer to message {count}")
    count += 1
    if is_asked:
        print(f"{name} was answered", flush=True)
    is_asked = bool(poller.poll(PAUSE_MS))
    if is_asked and sys.stdin.readline() != "\n":
        break
print(f"{name} was answered {count} times", flush=True)
