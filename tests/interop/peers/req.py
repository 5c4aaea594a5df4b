"""req.py ENDPOINT NAME TEXT...: asks with a REQ socket, one TEXT after the other."""

import sys

import zmq

endpoint, name, *texts = sys.argv[1:]
context = zmq.Context()
req = context.socket(zmq.REQ)
req.linger = 0
req.setsockopt(zmq.IDENTITY, name.encode())
req.connect(endpoint)

for text in texts:
    req.send(text.encode())
    frames = [frame.decode() for frame in req.recv_multipart()]
    print(f"Received reply: {' | '.join(frames)}", flush=True)
