# ask.py ENDPOINT PEER TEXT: asks PEER in callsign/1, prints its reply, ends with its status. The least that does it.
import os
import struct
import sys

import zmq

HELLO, WELCOME, DISCONNECT, REQUEST, REPLY = 1, 2, 4, 6, 7
endpoint, peer, text = sys.argv[1:]
word = os.urandom(8).hex()
dealer = zmq.Context().socket(zmq.DEALER)
dealer.identity = f"ask-{word[:8]}\x1f{word[8:]}".encode()
dealer.connect(endpoint)


def say(verb, id, *frames):
    dealer.send_multipart([struct.pack("<2sBBBBHQ", b"CS", 1, verb, 0, 0, 0, id), *frames])


def hear():
    header, *frames = dealer.recv_multipart()
    _, _, verb, _, _, status, _ = struct.unpack("<2sBBBBHQ", header)
    return verb, status, frames


hello = b'{"role":"client","instance":"%s","agent":"ask.py"}' % os.urandom(16).hex().encode()
say(HELLO, 0, hello)
verb, status, frames = hear()
while verb != WELCOME:  # "unknown-peer" says that the broker wants the HELLO again
    say(HELLO, 0, hello)
    verb, status, frames = hear()
say(REQUEST, 1, peer.encode(), text.encode())
while verb != REPLY:
    verb, status, frames = hear()
sys.stdout.buffer.write(b"".join(frames[1:]))
say(DISCONNECT, 2)
dealer.context.destroy(linger=1000)
sys.exit(status)
