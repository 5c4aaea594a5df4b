"""worker.py NAME [ENDPOINT]: a whole callsign/1 worker, which answers requests in capitals."""
import json, random, secrets, struct, sys, time, zmq

HELLO, WELCOME, HEARTBEAT, SEND, REQUEST, REPLY, ACK, ERROR = 1, 2, 3, 5, 6, 7, 8, 9
name, endpoint, *_ = [*sys.argv[1:], "tcp://localhost:5555"]
hello = json.dumps({"role": "worker", "instance": secrets.token_hex(16), "agent": "worker.py"})
beat = 5.0  # seconds, until WELCOME tells

def say(verb, *frames, id=0):
    dealer.send_multipart([struct.pack("<2sBBBBHQ", b"CS", 1, verb, 0, 0, 0, id), *frames])

while True:  # once for each socket, which is a session of its own
    dealer = zmq.Context.instance().socket(zmq.DEALER)
    dealer.setsockopt(zmq.IDENTITY, f"{name}\x1f{secrets.token_hex(4)}".encode())
    dealer.connect(endpoint)
    say(HELLO, hello.encode())
    heard, due = time.monotonic(), time.monotonic() + beat
    while time.monotonic() < heard + 3 * beat:
        if time.monotonic() >= due:
            say(HEARTBEAT)
            due = time.monotonic() + random.uniform(0.75, 1) * beat
        if not dealer.poll(max(0, due - time.monotonic()) * 1000):
            continue
        header, *frames = dealer.recv_multipart()
        _, _, verb, flags, _, _, id = struct.unpack("<2sBBBBHQ", header)
        heard = time.monotonic()
        if verb == WELCOME:
            beat, due = json.loads(frames[0])["heartbeatMs"] / 1000, heard
        elif verb == REQUEST:
            say(REPLY, frames[0], *[body.upper() for body in frames[1:]], id=id)
        elif verb == SEND:
            print(*[body.decode(errors="replace") for body in frames[1:]], flush=True)
            if flags & 0x01:  # RECEIPT
                say(ACK, frames[0], id=id)
        elif verb == ERROR and frames[0] == b"unknown-peer":
            say(HELLO, hello.encode())
        elif verb == ERROR and frames[0] != b"not-waiting":  # name-taken, superseded, kicked…
            print(b": ".join(frames[:2]).decode(), file=sys.stderr)
            sys.exit(73)
    dealer.close(linger=0)
