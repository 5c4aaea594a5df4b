"""A named peer of callsign/1, written from docs/protocol.md alone.

It keeps itself online: HELLO first, heartbeats, and a fresh session when the last one ended.
"""

import collections
import enum
import json
import random
import secrets
import string
import struct
import time

import zmq

HEADER = struct.Struct("<2sBBBBHQ")
Verb = enum.IntEnum(
    "Verb",
    "HELLO WELCOME HEARTBEAT DISCONNECT SEND REQUEST REPLY ACK ERROR LIST ROSTER WATCH EVENT STATS "
    "REPORT KICK CANCEL",
)
RECEIPT = 1

# Ids from here on are of what a peer says for itself; whoever uses it counts up from 1.
OWN_IDS = 1 << 63
NAME_TAKEN_PAUSE = 0.02
WELCOME_PATIENCE = 2

Message = collections.namedtuple("Message", "verb flags status id frames")


class Peer:
    def __init__(self, context, endpoint, name, capacity=0, instance=None):
        self.context = context
        self.endpoint = endpoint
        self.name = name
        self.capacity = capacity
        self.instance = instance or secrets.token_hex(8)
        self.own_id = OWN_IDS
        # Sessions so far: what an earlier one had open will never be answered.
        self.sessions = 0
        self.refusals = 0
        self.dealer = None
        self.connect()

    def connect(self):
        """Opens a fresh session. The old socket's messages are not waited for."""
        self.close()
        self.sessions += 1
        session = "".join(random.choices(string.ascii_letters + string.digits, k=8))
        self.identity = f"{self.name}\x1f{session}".encode()
        self.dealer = self.context.socket(zmq.DEALER)
        self.dealer.linger = 0
        self.dealer.sndhwm = self.dealer.rcvhwm = 0
        self.dealer.routing_id = self.identity
        self.monitor = self.dealer.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        self.dealer.connect(self.endpoint)
        self.welcome = None
        # The code of the ERROR that forbids it to come back.
        self.ended = None
        self.hello_due = None
        self.heard_at = time.monotonic()
        self.say_hello()

    def close(self):
        if self.dealer is not None:
            self.dealer.disable_monitor()
            self.dealer.close()
            self.dealer = None

    def send(self, verb, id, *frames, flags=0, status=0):
        header = HEADER.pack(b"CS", 1, verb, flags, 0, status, id)
        self.dealer.send_multipart([header, *frames])
        self.plan_heartbeat()

    def say_hello(self):
        role = "worker" if self.capacity else "client"
        hello = {"role": role, "instance": self.instance, "capacity": self.capacity}
        self.hello_due = None
        self.say_own(Verb.HELLO, json.dumps(hello).encode())

    def say_own(self, verb, *frames):
        self.own_id += 1
        self.send(verb, self.own_id, *frames)

    def plan_heartbeat(self):
        seconds = self.welcome["heartbeatMs"] / 1000 if self.welcome else WELCOME_PATIENCE
        self.heartbeat_due = time.monotonic() + seconds * random.uniform(0.75, 1)

    def receive(self):
        """What came for whoever uses this peer; what it says for itself it has seen to."""
        messages = []
        while self.dealer.events & zmq.POLLIN:
            header, *frames = self.dealer.recv_multipart()
            _, _, verb, flags, _, status, id = HEADER.unpack(header)
            self.heard_at = time.monotonic()
            message = Message(verb, flags, status, id, frames)
            if verb == Verb.ERROR:
                self.heed(frames[0].decode())
            if verb == Verb.WELCOME:
                self.welcome = json.loads(frames[0])
                self.plan_heartbeat()
            elif verb != Verb.HEARTBEAT and id < OWN_IDS:
                messages.append(message)
        self.keep_alive()
        return messages

    def heed(self, code):
        if code in ("superseded", "kicked"):
            self.ended = code
        elif code == "name-taken":
            self.refusals += 1
            self.hello_due = time.monotonic() + NAME_TAKEN_PAUSE
        elif code == "unknown-peer" and self.hello_due is None:
            self.welcome = None
            self.hello_due = time.monotonic()

    def keep_alive(self):
        if self.ended:
            return
        now = time.monotonic()
        if self.hello_due is not None and now >= self.hello_due:
            self.say_hello()
        patience = WELCOME_PATIENCE
        if self.welcome:
            patience = 3 * self.welcome["heartbeatMs"] / 1000
            if now >= self.heartbeat_due:
                self.say_own(Verb.HEARTBEAT)
        if self.monitor.events & zmq.POLLIN or now - self.heard_at > patience:
            self.connect()


def wait(peers, extra=(), ms=20):
    """Waits until a peer may have something, or one of the descriptors; those that have."""
    poller = zmq.Poller()
    for peer in peers:
        poller.register(peer.dealer, zmq.POLLIN)
        poller.register(peer.monitor, zmq.POLLIN)
    for descriptor in extra:
        poller.register(descriptor, zmq.POLLIN)
    ready = dict(poller.poll(ms))
    return [descriptor for descriptor in extra if descriptor in ready]
