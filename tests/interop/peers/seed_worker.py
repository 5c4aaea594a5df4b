"""seed_worker.py NAME [ENDPOINT [PAUSE [ANSWERS]]]: the worker of the article this project began with.

Prints what that one prints. PAUSE is how long it works between an answer and its next message, in
seconds (there: 2). After ANSWERS answers it ends; there it never does.
"""

import sys
import time

import zmq

identity = sys.argv[1].encode()
endpoint = sys.argv[2] if len(sys.argv) > 2 else "tcp://localhost:5555"
pause = float(sys.argv[3]) if len(sys.argv) > 3 else 2.0
answers = int(sys.argv[4]) if len(sys.argv) > 4 else -1

context = zmq.Context()
worker = context.socket(zmq.DEALER)
worker.setsockopt(zmq.IDENTITY, identity)
worker.connect(endpoint)

print(f"Worker {identity.decode()} started, connecting to {endpoint}", flush=True)

worker.send(b"Hello from " + identity)

while answers != 0:
    try:
        reply = worker.recv()
        print(f"Received reply: {reply.decode()}", flush=True)
        answers -= 1
        if answers != 0:
            time.sleep(pause)
            worker.send(b"Working on task..." + identity)
    except Exception as error:
        print(f"Error: {error}", flush=True)
