"""plain_duplicates.py ENDPOINT COUNT: COUNT more DEALER sockets of an identity that is in use.

Its holder talks all the while, with WINDOW messages on their way, and checks that each is answered,
in order. A duplicate says hello, and goes once the holder was answered some more. The last stays:
it is to be answered once the holder has gone. Prints counts as JSON.
"""

import json
import sys

import zmq

NAME = b"WORKER_A"
WINDOW = 5
AT_A_TIME = 10
MORE_ANSWERS = 20
SILENCE_MS = 15000
AGAIN_MS = 200

endpoint, count = sys.argv[1:]
context = zmq.Context()


def connect():
    dealer = context.socket(zmq.DEALER)
    dealer.linger = 0
    dealer.routing_id = NAME
    monitor = dealer.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED)
    dealer.connect(endpoint)
    if not monitor.poll(SILENCE_MS):
        sys.exit("no handshake")
    return dealer


class Holder:
    def __init__(self):
        self.dealer = connect()
        self.said = self.answered = 0

    def talk(self, answers):
        """Until so many more answers have come; says nothing new that would come after them."""
        goal = self.answered + answers
        while self.answered < goal:
            while self.said < goal and self.said - self.answered < WINDOW:
                self.dealer.send(f"{self.said}".encode())
                self.said += 1
            if not self.dealer.poll(SILENCE_MS):
                sys.exit(f"no answer to message {self.answered}")
            answer = self.dealer.recv_multipart()
            if answer != [f"ACK: {self.answered}".encode()]:
                sys.exit(f"received {answer} in place of the answer to message {self.answered}")
            self.answered += 1


holder = Holder()
holder.talk(1)
duplicates = []
others_answered = 0
for _ in range(int(count)):
    duplicate = connect()
    duplicate.send(b"hello")
    duplicates.append(duplicate)
    holder.talk(MORE_ANSWERS)
    if len(duplicates) > AT_A_TIME:
        gone = duplicates.pop(0)
        others_answered += bool(gone.events & zmq.POLLIN)
        gone.disable_monitor()
        gone.close()
others_answered += sum(bool(duplicate.events & zmq.POLLIN) for duplicate in duplicates)

*others, last = duplicates
for dealer in [*others, holder.dealer]:
    dealer.disable_monitor()
    dealer.close()
heir = False
for _ in range(SILENCE_MS // AGAIN_MS):
    last.send(b"hello")
    if last.poll(AGAIN_MS):
        heir = last.recv_multipart() == [b"ACK: hello"]
        break
print(json.dumps({"said": holder.said, "answered": holder.answered,
                  "othersAnswered": others_answered, "heirAnswered": heir}), flush=True)
