"""talk.py ENDPOINT: says with DEALER sockets what it is told, and tells what comes back.

Each line of stdin is `IDENTITY FRAME...` in hexadecimal, with `-` for no bytes: no identity set, or
an empty frame. The answer is printed as `FRAME...`. Each identity has one socket.
"""

import sys

import zmq

endpoint = sys.argv[1]
context = zmq.Context()
sockets = {}


def socket_of(identity):
    if identity not in sockets:
        dealer = context.socket(zmq.DEALER)
        dealer.linger = 0
        if identity:
            dealer.setsockopt(zmq.IDENTITY, identity)
        dealer.connect(endpoint)
        sockets[identity] = dealer
    return sockets[identity]


def read(word):
    return b"" if word == "-" else bytes.fromhex(word)


for line in sys.stdin:
    identity, *frames = [read(word) for word in line.split()]
    dealer = socket_of(identity)
    dealer.send_multipart(frames)
    print(" ".join(frame.hex() or "-" for frame in dealer.recv_multipart()), flush=True)
