"""mute_broker.py ENDPOINT: welcomes the first session, then answers nobody.

Prints `IDENTITY says VERB` for each message.
"""

import json
import struct
import sys

import zmq

WELCOME = {"broker": "mute", "version": "0", "heartbeatMs": 100, "goneAfterMs": 300}

context = zmq.Context()
router = context.socket(zmq.ROUTER)
router.bind(sys.argv[1])
endpoint = router.getsockopt_string(zmq.LAST_ENDPOINT)
print(f"Broker started, listening on {endpoint}", flush=True)

is_mute = False
while True:
    identity, header, *_ = router.recv_multipart()
    name, session = identity.decode().split("\x1f")
    print(f"{name} {session} says {header[3]}", flush=True)
    if not is_mute:
        welcome = struct.pack("<2sBBBBHQ", b"CS", 1, 2, 0, 0, 0, 0)
        router.send_multipart([identity, welcome, json.dumps(WELCOME).encode()])
        is_mute = True
