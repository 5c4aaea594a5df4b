"""full_port.py: listens, lets nobody in, and fills the queue of those who wait to be let in."""

import select
import socket
import sys

server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(0)
waiting = []
while True:
    client = socket.socket()
    client.setblocking(False)
    client.connect_ex(server.getsockname())
    waiting.append(client)
    if not select.select([], [client], [], 0.5)[1]:
        break
print(f"Full at tcp://127.0.0.1:{server.getsockname()[1]}", flush=True)
sys.stdin.read()
