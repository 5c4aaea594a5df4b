"""console.py ENDPOINT NAME: a client that says what it is told, and prints what comes.

A line of stdin is JSON: `["REQUEST", ID, FRAME...]`; `"SEND"` asks for a receipt. A message is
printed as `{"verb": ..., "id": ..., "status": ..., "frames": [...]}`.
"""

import json
import os
import sys

import zmq

from peer import RECEIPT, Peer, Verb, wait

peer = Peer(zmq.Context(), *sys.argv[1:3])
is_welcome = False
rest = b""
while True:
    if wait([peer], [0]):
        read = os.read(0, 65536)
        if not read:
            break
        *lines, rest = (rest + read).split(b"\n")
        for line in lines:
            verb, id, *frames = json.loads(line)
            flags = RECEIPT if verb == "SEND" else 0
            peer.send(Verb[verb], id, *[frame.encode() for frame in frames], flags=flags)
    for message in peer.receive():
        frames = [frame.decode() for frame in message.frames]
        print(json.dumps({"verb": Verb(message.verb).name, "id": message.id,
                          "status": message.status, "frames": frames}), flush=True)
    if peer.welcome and not is_welcome:
        is_welcome = True
        print("Welcome", flush=True)
