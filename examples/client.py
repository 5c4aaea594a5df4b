"""client.py PEER TEXT [ENDPOINT]: asks PEER, prints its answer, and ends with its status."""
import json, secrets, struct, sys, zmq

HELLO, WELCOME, HEARTBEAT, DISCONNECT, REQUEST, REPLY, ACK, ERROR = 1, 2, 3, 4, 6, 7, 8, 9
peer, text, endpoint, *_ = [*sys.argv[1:], "tcp://localhost:5555"]
hello = json.dumps({"role": "client", "instance": secrets.token_hex(16), "agent": "client.py"})
dealer = zmq.Context().socket(zmq.DEALER)
dealer.setsockopt(zmq.IDENTITY, f"ask-{secrets.token_hex(4)}\x1f{secrets.token_hex(4)}".encode())
dealer.connect(endpoint)

def say(verb, *frames, id):
    dealer.send_multipart([struct.pack("<2sBBBBHQ", b"CS", 1, verb, 0, 0, 0, id), *frames])

say(HELLO, hello.encode(), id=0)
beat, unanswered, worst = 5.0, 0, 0
while unanswered < 3:
    if not dealer.poll(beat * 750):  # three quarters of it, in ms
        say(HEARTBEAT, id=2)
        unanswered += 1
        continue
    header, *frames = dealer.recv_multipart()
    _, _, verb, flags, _, status, id = struct.unpack("<2sBBBBHQ", header)
    if verb == WELCOME:
        beat = json.loads(frames[0])["heartbeatMs"] / 1000
        say(REQUEST, peer.encode(), text.encode(), id=1)
    elif verb == REPLY:
        if flags & 0x10 and len(frames) > 1:  # STDERR: the last frame is no result
            sys.stderr.buffer.write(frames.pop())
        print(b"".join(frames[1:]).decode(errors="replace"))
    elif verb == ERROR and id == 0 and frames[0] == b"unknown-peer":
        say(HELLO, hello.encode(), id=0)
        continue
    elif verb == ERROR:
        print(b": ".join(frames[:2]).decode(), file=sys.stderr)
        status = {b"timeout": 124, b"expired": 124, b"busy": 75}.get(frames[0], 69)
    worst, unanswered = max(worst, min(status, 255)), 0
    if verb in (REPLY, ERROR, ACK) and not flags & 0x08:  # MORE: others of a glob will answer
        say(DISCONNECT, id=3)
        dealer.context.destroy(linger=1000)
        sys.exit(worst)
print(f"unreachable: no broker answers at {endpoint}", file=sys.stderr)
sys.exit(69)
