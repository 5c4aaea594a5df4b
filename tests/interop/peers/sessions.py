"""sessions.py ENDPOINT: sessions of callsign/1 that say what they are told and tell what they hear.

Each line of stdin is a JSON object with the key `at`, the name of a socket here, and one of:

    identity    in hex: opens a socket with it, a DEALER unless `type` says REQ
    close       true: closes it without a word
    frames      in hex: says them as they are
    verb        says that, with `flags`, `status`, `id` (decimal) and frames by their names in
                docs/protocol.md; bodies are bytes written as Latin-1

Each message heard is printed in the form of the last one, or as `frames` when it has no header.
Sockets that have heard a WELCOME keep their names by heartbeats, of which nothing is told.
"""

import json
import os
import struct
import sys

import zmq

HEADER = "<2sBBBBHQ"
VERBS = (
    "HELLO WELCOME HEARTBEAT DISCONNECT SEND REQUEST REPLY ACK ERROR LIST ROSTER WATCH EVENT "
    "STATS REPORT KICK CANCEL"
).split()
FLAGS = {"RECEIPT": 1, "LIMIT": 2, "HOLD": 4, "MORE": 8}
SAID = ["JSON", "reason", "peer", "to", "limit", "pattern", "body"]
HEARD = {
    "WELCOME": ["JSON"],
    "DISCONNECT": ["reason"],
    "SEND": ["from", "body"],
    "REQUEST": ["from", "body"],
    "REPLY": ["from", "body"],
    "ACK": ["peer", "JSON"],
    "ERROR": ["code", "text", "peer", "JSON"],
    "ROSTER": ["JSON"],
    "EVENT": ["JSON"],
    "REPORT": ["JSON"],
    "CANCEL": ["from"],
}
IDLE_MS = 2000
HEARTBEAT_ID = 2**64 - 1

context = zmq.Context()
poller = zmq.Poller()
poller.register(0, zmq.POLLIN)
sockets = {}
welcomed = set()


def tell(**words):
    print(json.dumps(words), flush=True)


def open_socket(at, identity, type):
    dealer = context.socket(getattr(zmq, type))
    dealer.linger = 0
    if identity:
        dealer.setsockopt(zmq.IDENTITY, bytes.fromhex(identity))
    dealer.connect(sys.argv[1])
    poller.register(dealer, zmq.POLLIN)
    sockets[at] = dealer


def close_socket(at):
    dealer = sockets.pop(at)
    welcomed.discard(at)
    poller.unregister(dealer)
    dealer.close()


def encode(word, value):
    if word == "body":
        return [part.encode("latin-1") for part in value]
    if word == "limit":
        return [struct.pack("<I", value)]
    return [(json.dumps(value) if word == "JSON" else value).encode()]


def decode(word, frames):
    if word == "body":
        return [frame.decode("latin-1") for frame in frames]
    text = frames.pop(0).decode(errors="surrogateescape")
    return json.loads(text) if word == "JSON" else text


def header(verb, flags=(), status=0, id=0):
    bits = sum(FLAGS[flag] for flag in flags)
    return struct.pack(HEADER, b"CS", 1, 1 + VERBS.index(verb), bits, 0, status, int(id))


def say(at, verb, flags=(), status=0, id=0, **parts):
    frames = [frame for word in SAID if word in parts for frame in encode(word, parts[word])]
    sockets[at].send_multipart([header(verb, flags, status, id), *frames])


def hear(at, frames):
    if len(frames[0]) != 16 or frames[0][:3] != b"CS\1":
        return tell(at=at, frames=[frame.hex() for frame in frames])
    _, _, number, bits, zero, status, id = struct.unpack(HEADER, frames.pop(0))
    assert zero == 0
    verb = VERBS[number - 1]
    if verb == "WELCOME":
        welcomed.add(at)
    if verb == "HEARTBEAT" and id == HEARTBEAT_ID:
        return None
    parts = {word: decode(word, frames) for word in HEARD.get(verb, []) if frames or word == "body"}
    assert not frames or "body" in parts, frames
    flags = [flag for flag, bit in FLAGS.items() if bits & bit]
    return tell(at=at, verb=verb, flags=flags, status=status, id=str(id), **parts)


def obey(at, identity=None, type="DEALER", close=False, frames=None, **message):
    if identity is not None:
        open_socket(at, identity, type)
    elif close:
        close_socket(at)
    elif frames is not None:
        sockets[at].send_multipart([bytes.fromhex(frame) for frame in frames])
    else:
        say(at, **message)


rest = b""
while True:
    ready = dict(poller.poll(IDLE_MS))
    if not ready:
        for at in welcomed:
            say(at, "HEARTBEAT", id=HEARTBEAT_ID)
    for at, dealer in sockets.items():
        if dealer in ready:
            hear(at, dealer.recv_multipart())
    if 0 in ready:
        read = os.read(0, 65536)
        if not read:
            break
        *lines, rest = (rest + read).split(b"\n")
        for line in lines:
            obey(**json.loads(line))
