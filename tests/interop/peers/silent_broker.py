"""silent_broker.py ENDPOINT: takes every message and answers none."""

import sys

import zmq

context = zmq.Context()
router = context.socket(zmq.ROUTER)
router.bind(sys.argv[1])
endpoint = router.getsockopt_string(zmq.LAST_ENDPOINT)
print(f"Broker started, listening on {endpoint}", flush=True)

while True:
    identity, message = router.recv_multipart()
    print(f"Swallowed {message.decode()}", flush=True)
