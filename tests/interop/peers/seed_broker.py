"""seed_broker.py ENDPOINT: the broker of the article this project began with.

Prints what that one prints, and like it calls every sender new with every message, because the
table it asks is never filled. Messages of more or fewer than two frames are an error to it.
"""

import sys

import zmq

endpoint = sys.argv[1]

context = zmq.Context()
router = context.socket(zmq.ROUTER)
router.bind(endpoint)
if endpoint.startswith("tcp:") and endpoint.endswith(":*"):
    endpoint = router.getsockopt_string(zmq.LAST_ENDPOINT)

known = {}

print(f"Broker started, listening on {endpoint}", flush=True)

while True:
    try:
        identity, message = router.recv_multipart()
        print(f"Received message from {identity.decode()}: {message.decode()}", flush=True)
        if identity not in known:
            print(f"New worker connected with identity: {identity.decode()}", flush=True)
        router.send_multipart([identity, b"ACK: " + message])
        print(f"Sent reply to {identity.decode()}", flush=True)
    except Exception as error:
        print(f"Error: {error}", flush=True)
