# req.py ENDPOINT TEXT: sends TEXT on a REQ socket, prints what comes back.
import sys

import zmq

endpoint, text = sys.argv[1:]
req = zmq.Context().socket(zmq.REQ)
req.connect(endpoint)
req.send(text.encode())
sys.stdout.buffer.write(req.recv())
req.context.destroy(linger=1000)
