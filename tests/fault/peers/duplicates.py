"""duplicates.py ENDPOINT COUNT refuse|takeover: COUNT more holders of a name that is held.

A client sends the name numbered messages all the while, by turns a SEND with RECEIPT and a REQUEST,
and keeps WINDOW of them open. Ends once COUNT were told what the broker's policy is, and prints
what became of each message as JSON.
"""

import collections
import json
import sys
import time

import zmq

from peer import RECEIPT, Peer, Verb, wait

NAME = "WORKER_A"
# More than is ever open, so that nothing waits for room.
CAPACITY = 100
WINDOW = 16
AT_A_TIME = 10
PATIENCE = 15

Receipt = collections.namedtuple("Receipt", "number place identity")

endpoint, count, policy = sys.argv[1:]
context = zmq.Context()
is_refusing = policy == "refuse"


class Sender:
    def __init__(self):
        self.peer = Peer(context, endpoint, "SENDER")
        self.sent = 0
        self.open = set()
        # Who each message was confirmed by, and how the others failed.
        self.confirmed = {}
        self.failed = collections.Counter()
        self.again = 0

    def fill(self):
        while self.peer.welcome and len(self.open) < WINDOW:
            self.sent += 1
            self.open.add(self.sent)
            asks = self.sent % 2 == 0
            verb, flags = (Verb.REQUEST, 0) if asks else (Verb.SEND, RECEIPT)
            self.peer.send(verb, self.sent, NAME.encode(), str(self.sent).encode(), flags=flags)

    def drain(self):
        for verb, _, _, id, frames in self.peer.receive():
            if id not in self.open:
                self.again += 1
                continue
            self.open.remove(id)
            if verb == Verb.ERROR:
                self.failed[frames[0].decode()] += 1
            else:
                self.confirmed[id] = frames[0]


class Holder:
    """One who wants the name. Confirms and answers what it gets, and puts it on record."""

    def __init__(self, place):
        self.peer = Peer(context, endpoint, NAME, CAPACITY)
        self.place = place

    def drain(self):
        for verb, _, _, id, frames in self.peer.receive():
            if verb not in (Verb.SEND, Verb.REQUEST):
                continue
            received.append(Receipt(int(frames[1]), self.place, self.peer.identity))
            self.peer.send(Verb.ACK if verb == Verb.SEND else Verb.REPLY, id, frames[0])

    @property
    def is_told(self):
        return bool(self.peer.refusals if is_refusing else self.peer.ended)


sender = Sender()
received = []
holders = [Holder(0)]
started, told = 1, 0
# Sessions that ended without a word, of all who ever had the name or asked for it.
reconnections = 0
end_at = time.monotonic() + PATIENCE + int(count) / 20


def is_room():
    """Of those who take over, each waits for the one before; the others come many at a time."""
    return len(holders) <= AT_A_TIME if is_refusing else holders[-1].peer.welcome is not None


while told < int(count) or sender.open:
    if time.monotonic() > end_at:
        sys.exit(f"{told} of {started - 1} were told; open: {sorted(sender.open)}")
    wait([sender.peer, *[holder.peer for holder in holders]])
    for holder in holders:
        holder.drain()
    sender.drain()
    # The first holder is to be there before anything is sent to its name.
    if told < int(count) and (started > 1 or holders[0].peer.welcome):
        sender.fill()
    # The first to come is the holder who is to stay, or the first to go.
    for holder in [holder for holder in holders[is_refusing:] if holder.is_told]:
        told += 1
        reconnections += holder.peer.sessions - 1
        holders.remove(holder)
        holder.peer.close()
    if holders[0].peer.welcome and started <= int(count) and is_room():
        holders.append(Holder(started))
        started += 1

# Each got its messages in order, and none came to one who had held the name before.
by_place = sorted(received, key=lambda receipt: receipt.place)
who = {receipt.number: receipt.identity for receipt in received}
print(json.dumps({
    "told": told,
    "sent": sender.sent,
    "confirmed": len(sender.confirmed),
    "failed": sender.failed,
    "again": sender.again,
    "received": len(received),
    "receivedTwice": len(received) - len(who),
    "inOrder": [receipt.number for receipt in by_place] == sorted(who),
    "confirmedByOther": sum(who.get(id) != by for id, by in sender.confirmed.items()),
    "reconnections": reconnections + sum(peer.sessions - 1 for peer in
                                         [sender.peer, *[holder.peer for holder in holders]]),
}), flush=True)
