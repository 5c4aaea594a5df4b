# rep.py ENDPOINT: sends back whatever comes.
import sys

import zmq

rep = zmq.Context().socket(zmq.REP)
rep.bind(sys.argv[1])
print(f"Broker started, listening on {rep.last_endpoint.decode()}", flush=True)
while True:
    rep.send(rep.recv())
