"""flood_broker.py ENDPOINT: answers one message with answers without end."""

import sys

import zmq

context = zmq.Context()
router = context.socket(zmq.ROUTER)
router.setsockopt(zmq.ROUTER_MANDATORY, 1)
router.linger = 0
router.bind(sys.argv[1])
endpoint = router.getsockopt_string(zmq.LAST_ENDPOINT)
print(f"Broker started, listening on {endpoint}", flush=True)

while True:
    identity, message = router.recv_multipart()
    count = 0
    try:
        while True:
            # Waits while the peer's queue is full; fails when the peer is gone.
            router.send_multipart([identity, b"%d" % count])
            count += 1
    except zmq.ZMQError as error:
        if error.errno != zmq.EHOSTUNREACH:
            raise
