"""Prints the byte vectors of callsign/1, the text of docs/protocol.vectors.json:

    python3 docs/protocol.vectors.py > docs/protocol.vectors.json

It is written after docs/protocol.md and uses nothing of callsign, so that the two check each other.
"""

import json
import struct

VERBS = {
    "HELLO": 1, "WELCOME": 2, "HEARTBEAT": 3, "DISCONNECT": 4, "SEND": 5, "REQUEST": 6, "REPLY": 7,
    "ACK": 8, "ERROR": 9, "LIST": 10, "ROSTER": 11, "WATCH": 12, "EVENT": 13, "STATS": 14,
    "REPORT": 15, "KICK": 16, "CANCEL": 17,
}
FLAGS = {"RECEIPT": 0x01, "LIMIT": 0x02, "HOLD": 0x04, "MORE": 0x08, "STDERR": 0x10}
CODES = [
    "bad-message", "unknown-verb", "unknown-version", "unknown-peer", "bad-identity", "name-taken",
    "superseded", "kicked", "unreachable", "not-serving", "busy", "lost", "timeout", "expired",
    "too-large", "duplicate-id", "cancelled", "not-waiting",
]

WEB = "web-3\x1fa1B2c3D4"
TOKYO = "wörker-東京\x1fZZZZ9999"
ASKER = "ops\x1f00000000"
BODY = ["68656c6c6f", "", "00ff0a80"]


def header(verb, flags=0, status=0, id=1, version=1, zero=0):
    return struct.pack("<2sBBBBHQ", b"CS", version, verb, flags, zero, status, id)


def to_json(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def part(name, value):
    """The frames of one column of section 3."""
    if name == "body":
        return [bytes.fromhex(frame) for frame in value]
    if name == "limit":
        return [struct.pack("<I", value)]
    return [to_json(value) if name == "JSON" else value.encode()]


def hexed(*frames):
    return [frame.hex() for frame in frames]


def message(direction, verb, name, flags=(), status=0, id=1, **parts):
    head = header(VERBS[verb], sum(FLAGS[flag] for flag in flags), status, id)
    frames = [frame for key in parts for frame in part(key, parts[key])]
    means = {"verb": verb, "flags": list(flags), "status": status, "id": str(id), **parts}
    return {
        "name": f"{verb}: {name}",
        "direction": direction,
        "frames": hexed(head, *frames),
        "means": means,
    }


def up(*args, **parts):
    return message("to-broker", *args, **parts)


def down(*args, **parts):
    return message("to-peer", *args, **parts)


def error(code, text, flags=(), id=7, **parts):
    status = CODES.index(code) + 1
    name = f"{code}, one of several" if "MORE" in flags else code
    return down("ERROR", name, flags, status, id, code=code, text=text, **parts)


PEER = {
    "name": "wörker-東京", "dialect": "callsign/1", "role": "worker", "groups": ["print", "都"],
    "capacity": 4, "inFlight": 1, "queued": 0, "address": "127.0.0.1", "since": 1700000000000,
    "silentMs": 12, "agent": "worker.py",
}
PLAIN = {
    "name": "0x00ff", "dialect": "plain", "role": "plain", "groups": [], "capacity": 0,
    "inFlight": 0, "queued": 0, "address": "", "since": 1700000000001, "silentMs": 0, "agent": "",
}

MESSAGES = [
    up("HELLO", "a worker", id=0, JSON={
        "role": "worker", "instance": "9f8e7d6c5b4a", "groups": ["print", "都"], "capacity": 4,
        "agent": "wörker 1.0",
    }),
    up("HELLO", "a client, with a key nobody knows", JSON={
        "role": "client", "instance": "!~", "colour": "blue",
    }),
    down("WELCOME", "the defaults", id=0, JSON={
        "broker": "f00dfeed", "version": "0.1.0", "heartbeatMs": 5000, "goneAfterMs": 15000,
        "limitMs": 60000, "limitMsMax": 86400000, "messageBytes": 268435456, "frames": 64,
    }),
    up("HEARTBEAT", "from a peer", id=2**32),
    down("HEARTBEAT", "the broker's answer", id=2**32),
    up("DISCONNECT", "with a reason", id=2**53 + 1, reason="going for lunch ☕"),
    up("DISCONNECT", "without a reason"),
    down("DISCONNECT", "the broker's answer", id=2**53 + 1),
    down("DISCONNECT", "the broker stops", id=0, reason="the broker stops"),
    up("SEND", "to whoever holds the callsign", peer="wörker-東京", body=BODY),
    up("SEND", "to a session, one empty frame", id=2**64 - 1, peer=WEB, body=[""]),
    up("SEND", "to a glob, with RECEIPT", ["RECEIPT"], id=2, peer="web-[!0-3]*", body=BODY),
    up("SEND", "to a plain peer by its identity", ["LIMIT"], id=3,
       peer="0x00ff", limit=1, body=BODY),
    up("SEND", "all flags", ["RECEIPT", "LIMIT", "HOLD"], id=2**53 + 1,
       peer="wörker-東京", limit=86400000, body=BODY),
    down("SEND", "delivered", id=1, **{"from": ASKER}, body=BODY),
    down("SEND", "to be confirmed, no body", ["RECEIPT"], id=2, **{"from": TOKYO}, body=[]),
    up("REQUEST", "to a group", id=2**64 - 1, peer="@都", body=BODY),
    up("REQUEST", "no body, with LIMIT", ["LIMIT"], id=4, peer="web-?", limit=2500, body=[]),
    up("REQUEST", "to be held", ["LIMIT", "HOLD"], id=5, peer="web-3", limit=2**31, body=BODY),
    down("REQUEST", "for a worker", id=2**64 - 1, **{"from": ASKER}, body=BODY),
    up("REPLY", "exit status 0", id=2**64 - 1, to=ASKER, body=BODY),
    up("REPLY", "the largest status, no body", status=65535, id=4, to=TOKYO, body=[]),
    up("REPLY", "with what was said of errors", ["STDERR"], status=1, id=5, to=WEB, body=BODY),
    down("REPLY", "with errors, one of several", ["MORE", "STDERR"], status=127, id=5,
         **{"from": WEB}, body=["6e6f"]),
    down("REPLY", "the only answer", status=137, id=2**64 - 1, **{"from": TOKYO}, body=BODY),
    down("REPLY", "one of several", ["MORE"], status=1, id=4, **{"from": WEB}, body=[""]),
    up("ACK", "a peer has it", id=2, to=TOKYO),
    down("ACK", "confirmed", id=2, peer=WEB),
    down("ACK", "handed to a plain peer", status=1, id=3, peer="0x00ff"),
    down("ACK", "held", ["MORE"], status=2, id=2**53 + 1, peer="wörker-東京"),
    down("ACK", "closes what went to several", id=4, peer="web-?", JSON={"matched": 3, "done": 2}),
    error("bad-message", "HELLO takes one JSON object", id=0),
    error("unknown-verb", "There is no verb 99", id=2**64 - 1),
    error("unknown-version", "This broker speaks version 1"),
    error("unknown-peer", "Say HELLO first", id=2**32),
    error("bad-identity", "The identity is not a callsign, 0x1F and 8 characters"),
    error("name-taken", "Another holds the name", id=0, peer=TOKYO, JSON={
        "holder": "wörker 1.0", "address": "192.0.2.7", "since": 1700000000000,
    }),
    error("superseded", "Another has taken the name over", id=0),
    error("kicked", "Somebody ended this session", id=0),
    error("unreachable", "Nobody is web-3", peer="web-3"),
    error("not-serving", "ops takes no requests", peer=ASKER),
    error("busy", "The queue of @都 is full", peer="@都"),
    error("lost", "web-3 went before it answered", peer=WEB),
    error("lost", "web-3 went before it answered", ["MORE"], peer=WEB),
    error("timeout", "wörker-東京 has not answered", peer=TOKYO),
    error("expired", "Nobody came for it", id=2**53 + 1, peer="wörker-東京"),
    error("too-large", "At most 64 frames"),
    error("duplicate-id", "7 is open"),
    error("cancelled", "As you asked"),
    error("not-waiting", "Nobody waits for 7"),
    up("LIST", "everybody", id=8),
    up("LIST", "a group", id=2**64 - 1, pattern="@都"),
    down("ROSTER", "there is more", ["MORE"], id=8, JSON=[PEER]),
    down("ROSTER", "the last", id=8, JSON=[PLAIN]),
    down("ROSTER", "nobody", id=2**64 - 1, JSON=[]),
    up("WATCH", "everybody", id=9),
    up("WATCH", "a glob", id=10, pattern="wörker-*"),
    down("EVENT", "somebody came", id=10, JSON={
        "event": "join", "reason": "new", "at": 1700000000002, **PEER,
    }),
    down("EVENT", "somebody was turned away", id=9, JSON={
        "event": "refused", "reason": "name-taken", "at": 1700000000003, **PLAIN,
    }),
    up("STATS", "ask", id=11),
    down("REPORT", "answer", id=11, JSON={
        "broker": "f00dfeed", "version": "0.1.0", "uptimeMs": 86400000, "workers": 2, "clients": 1,
        "plain": 0, "connections": 3, "open": 1, "queued": 0, "queuedBytes": 0,
        "counts": {
            "requests": 2**32 + 5, "sends": 4, "replied": 2**32 + 3, "delivered": 2, "confirmed": 1,
            "unheard": 0, "failed": {"timeout": 1, "unreachable": 1},
        },
    }),
    up("KICK", "a glob", id=12, pattern="web-*"),
    up("CANCEL", "what was asked as this id", id=2**64 - 1),
    down("CANCEL", "the asker no longer waits", id=2**64 - 1, **{"from": ASKER}),
]

# First frames that look like a header, and are none.
NOT_HEADERS = {
    "15 bytes": header(3)[:15],
    "17 bytes": header(3) + b"\0",
    "empty": b"",
    "CS alone": b"CS",
    "magic in small letters": b"cs" + header(3)[2:],
    "text of 16 bytes": b"CS is 16 letters",
    "the third byte a space": header(3, version=0x20),
    "the third byte 0xff": header(3, version=0xff),
    "16 zeros": bytes(16),
    "a greeting": "Hello from WORKER_A".encode(),
}
PLAIN_MESSAGES = [
    {"name": name, "frames": hexed(frame)} for name, frame in NOT_HEADERS.items()
] + [
    {"name": "a delimiter in front of a header", "frames": hexed(b"", header(3))},
    {"name": "a header that comes second", "frames": hexed(b"hello", header(3))},
]


def hello(value):
    return [header(VERBS["HELLO"]), value if isinstance(value, bytes) else to_json(value)]


def said(verb, *frames, **fields):
    fields["flags"] = sum(FLAGS.get(flag, flag) for flag in fields.get("flags", ()))
    return [header(VERBS.get(verb, verb), **fields), *frames]


WORKER = {"role": "worker", "instance": "i"}
# What a session that was welcomed, and has nothing open, must not say.
REFUSED = {
    "unknown-version": {
        "version 0": said("HEARTBEAT", version=0),
        "version 2, and all else wrong": said(255, b"", version=2, zero=9, flags=[0xff]),
        "version 31": said("REQUEST", b"nobody", version=0x1f),
    },
    "unknown-verb": {
        "verb 0": said(0),
        "verb 18": said(18),
        "verb 255, with frames": said(255, b"a", b"", b"b", id=2**64 - 1),
        "WELCOME from a peer": said("WELCOME", b"{}"),
        "ERROR from a peer": said("ERROR", b"lost", b"", status=12),
        "ROSTER from a peer": said("ROSTER", b"[]"),
        "EVENT from a peer": said("EVENT", b"{}"),
        "REPORT from a peer": said("REPORT", b"{}"),
    },
    "bad-message": {
        "the zero byte is 1": said("HEARTBEAT", zero=1),
        "a flag nobody knows": said("SEND", b"nobody", flags=[0x20]),
        "STDERR with REQUEST": said("REQUEST", b"nobody", flags=["STDERR"]),
        "STDERR with ACK": said("ACK", WEB.encode(), flags=["STDERR"]),
        "every flag": said("SEND", b"nobody", struct.pack("<I", 1), flags=[0xff]),
        "MORE from a peer": said("REPLY", WEB.encode(), flags=["MORE"]),
        "RECEIPT with REQUEST": said("REQUEST", b"nobody", flags=["RECEIPT"]),
        "LIMIT with LIST": said("LIST", b"*", flags=["LIMIT"]),
        "HOLD without LIMIT": said("SEND", b"nobody", flags=["HOLD"]),
        "HOLD to a glob": said("SEND", b"no*", struct.pack("<I", 1), flags=["LIMIT", "HOLD"]),
        "a status with SEND": said("SEND", b"nobody", status=1),
        "a status with LIST": said("LIST", status=256),
        "a flag with HEARTBEAT": said("HEARTBEAT", flags=["RECEIPT"]),
        "a flag with HELLO": said("HELLO", to_json({"role": "worker", "instance": "i"}), flags=[8]),
        "an empty peer": said("SEND", b""),
        "a peer of 256 bytes": said("REQUEST", b"n" * 256),
        "an empty to": said("REPLY", b""),
        "an empty pattern": said("KICK", b""),
        "a pattern of 256 bytes": said("WATCH", b"*" * 256),
        "a pattern that is no UTF-8": said("LIST", b"\xff*"),
        "SEND without a peer": said("SEND"),
        "REQUEST without a peer": said("REQUEST"),
        "REPLY without to": said("REPLY"),
        "ACK without to": said("ACK"),
        "DISCONNECT with two frames": said("DISCONNECT", b"going", b"gone"),
        "ACK with a body": said("ACK", WEB.encode(), b"body"),
        "KICK without a pattern": said("KICK"),
        "CANCEL with a frame": said("CANCEL", WEB.encode()),
        "HEARTBEAT with a frame": said("HEARTBEAT", b""),
        "STATS with a frame": said("STATS", b"*"),
        "LIST with two patterns": said("LIST", b"a", b"b"),
        "WATCH with two patterns": said("WATCH", b"a", b"b"),
        "LIMIT without a limit": said("REQUEST", b"nobody", flags=["LIMIT"]),
        "a limit of 3 bytes": said("REQUEST", b"nobody", b"\1\0\0", flags=["LIMIT"]),
        "a limit of 5 bytes": said("REQUEST", b"nobody", b"\1\0\0\0\0", flags=["LIMIT"]),
        "a limit of 0": said("REQUEST", b"nobody", struct.pack("<I", 0), flags=["LIMIT"]),
        "a limit above limitMsMax":
            said("REQUEST", b"nobody", struct.pack("<I", 2**32 - 1), flags=["LIMIT"]),
        "HELLO without JSON": said("HELLO"),
        "HELLO with two frames": [*hello(WORKER), b"{}"],
        "HELLO that is no UTF-8": hello(b'{"role":"worker","instance":"\xff"}'),
        "HELLO that is no JSON": hello(b"{'role':'worker','instance':'i'}"),
        "HELLO that is an array": hello([WORKER]),
        "HELLO without a role": hello({"instance": "i"}),
        "HELLO of an unknown role": hello({**WORKER, "role": "broker"}),
        "HELLO without an instance": hello({"role": "worker"}),
        "HELLO with an instance of 65 characters": hello({**WORKER, "instance": "i" * 65}),
        "HELLO with an instance that is not ASCII": hello({**WORKER, "instance": "é"}),
        "HELLO with a group that is none": hello({**WORKER, "groups": ["@print"]}),
        "HELLO with 33 groups": hello({**WORKER, "groups": [f"g{n}" for n in range(33)]}),
        "HELLO with a capacity of 65,536": hello({**WORKER, "capacity": 65536}),
        "HELLO with an agent of 129 characters": hello({**WORKER, "agent": "a" * 129}),
    },
    "unreachable": {
        "SEND to nobody": said("SEND", b"nobody", b"body"),
        "REQUEST to a glob of nobody": said("REQUEST", b"nobody-*", b"body", id=2**64 - 1),
        "REQUEST to a group of nobody": said("REQUEST", b"@nobody", b"body", id=2**53 + 1),
        "REQUEST to a session that never was": said("REQUEST", b"nobody\x1f00000000", b"body"),
        "REQUEST to hex that is none": said("REQUEST", b"0xzz"),
        "REQUEST to what is no UTF-8": said("REQUEST", b"\xff\xfe"),
        "SEND to a name with a space": said("SEND", b"no body"),
        "KICK nobody": said("KICK", b"nobody"),
    },
    "too-large": {
        "a body of 65 frames": said("SEND", b"nobody", *[b""] * 65),
    },
    "not-waiting": {
        "REPLY to nothing": said("REPLY", ASKER.encode(), b"late", status=3, id=2**32),
        "ACK of nothing": said("ACK", ASKER.encode()),
        "CANCEL of nothing": said("CANCEL", id=2**64 - 1),
    },
}
REFUSED_MESSAGES = [
    {"name": name, "frames": hexed(*frames), "code": code}
    for code, cases in REFUSED.items()
    for name, frames in cases.items()
]

SESSIONS = ["web-3\x1fa1B2c3D4", "wörker-東京\x1fZZZZ9999", "🙂\x1f00000000", "x\x1fabcdefgh",
            "a:b/c=d#e\x1f01234567", "n" * 246 + "\x1fABCDEFGH", "é" * 123 + "\x1fABCDEFGH",
            "0X41\x1f00000000", "a@0x\x1f00000000", "a!b^c-d\x1f00000000"]
NO_SESSIONS = {
    "a plain name": b"WORKER_A",
    "no callsign": b"\x1fa1B2c3D4",
    "a session of 7": b"web-3\x1fa1B2c3D",
    "a session of 9": b"web-3\x1fa1B2c3D4e",
    "a session with a dash": b"web-3\x1fa1B2-3D4",
    "a session that is not ASCII": "web-3\x1fa1B2c3é".encode(),
    "two separators": b"web\x1fa1B2c3D4\x1fa1B2c3D4",
    "247 bytes": b"n" * 247 + b"\x1fa1B2c3D4",
    "no UTF-8": b"web-\xff\x1fa1B2c3D4",
    "half a character": b"web-\xc3\x1fa1B2c3D4",
    "a line break": b"web\n3\x1fa1B2c3D4",
    "a zero byte": b"web\x003\x1fa1B2c3D4",
    "an escape": b"\x1b[2J\x1fa1B2c3D4",
    "a byte order mark": "\ufeffweb\x1fa1B2c3D4".encode(),
    "text turned around": "web\u202e3\x1fa1B2c3D4".encode(),
    "a space": b"web 3\x1fa1B2c3D4",
    "an ideographic space": "web\u30003\x1fa1B2c3D4".encode(),
    "a group": b"@web\x1fa1B2c3D4",
    "hex": b"0x41\x1fa1B2c3D4",
    "a star": b"web*\x1fa1B2c3D4",
    "a question mark": b"web?\x1fa1B2c3D4",
    "a bracket": b"web[\x1fa1B2c3D4",
    "a closing bracket": b"web]\x1fa1B2c3D4",
    "libzmq's own": b"\0\1\2\3\4",
}
IDENTITIES = [
    {
        "name": text.split("\x1f")[0][:20],
        "hex": text.encode().hex(),
        "callsign": text.split("\x1f")[0],
        "session": text.split("\x1f")[1],
    }
    for text in SESSIONS
] + [
    {"name": name, "hex": identity.hex(), "callsign": None, "session": None}
    for name, identity in NO_SESSIONS.items()
]

# Identities of plain peers, and what they are called (section 10).
SHOWN = ["WORKER_A", "wörker-東京", "🙂", "a:b/c", "0X41", "a@b", "n" * 255]
HIDDEN = [b"\0\1\2\3\4", b"\xff\xfe", b"a b", b"a\nb", b"\x1b[2J", b"web-3\x1fa1B2c3D4", b"@web",
          b"0x41", b"0x", b"0xzz", b"web*", b"web?", b"web[1", b"web]", "\u202eabc".encode(),
          "\ufeffabc".encode(), "a\u3000b".encode()]
PLAIN_CALLSIGNS = [{"hex": text.encode().hex(), "callsign": text} for text in SHOWN] + [
    {"hex": identity.hex(), "callsign": "0x" + identity.hex()} for identity in HIDDEN
]

# A pattern, callsigns it matches, callsigns it does not.
GLOBS = [
    ("*", ["a", "web-3", "wörker-東京", "🙂"], []),
    ("**", ["a", "web-3"], []),
    ("?", ["a", "é", "東", "🙂"], ["ab", "東京"]),
    ("??", ["ab", "東京", "🙂🙂"], ["a", "🙂", "abc"]),
    ("web-*", ["web-", "web-3", "web-*"], ["web", "Web-3", "my-web-3"]),
    ("*-3", ["-3", "web-3", "3-3"], ["web-33", "web-"]),
    ("web-?", ["web-3", "web-東"], ["web-", "web-33"]),
    ("*東*", ["東", "wörker-東京"], ["wörker-京"]),
    ("a*b*c", ["abc", "aXbXc", "abcbc", "aabbcc"], ["ab", "acb", "abcd"]),
    ("*a*a*b", ["aab", "aaab", "xaxaxb"], ["aaaa", "ab"]),
    ("[a-c]", ["a", "b", "c"], ["d", "B", "-", "ab"]),
    ("[abc]x", ["ax", "cx"], ["dx", "x"]),
    ("[!a-c]", ["d", "A", "-", "東"], ["a", "c"]),
    ("web-[0-37]", ["web-0", "web-3", "web-7"], ["web-4", "web-37", "web--"]),
    ("[a-]", ["a", "-"], ["b"]),
    ("[-a]", ["a", "-"], ["b"]),
    ("[a!]", ["a", "!"], ["b"]),
    ("[]a]", ["a"], ["b", "[", "[a"]),
    ("[!]a]", ["b", "!"], ["a"]),
    ("[ab", [], ["a", "b", "ab"]),
    ("[z-a]", [], ["a", "m", "z", "-"]),
    ("[!z-a]", ["a", "-"], []),
    ("[*]", ["*"], ["a"]),
    ("[?]x", ["?x"], ["ax"]),
    ("[à-ü]", ["é", "ö"], ["e", "東"]),
    ("[一-龠]*", ["東京", "東x"], ["wörker", "🙂"]),
    ("[\uff01-😀]", ["～", "😀", "𝄞"], ["a", "😁"]),
    ("[!a-z]*[0-9]", ["X1", "-x0"], ["a1", "X"]),
    ("web", ["web"], ["we", "webs"]),
]
GLOB_CASES = [
    {"pattern": pattern, "callsign": callsign, "matches": matches}
    for pattern, matching, others in GLOBS
    for matches, callsigns in ((True, matching), (False, others))
    for callsign in callsigns
]

print(json.dumps({
    "about": "Byte vectors of callsign/1 (docs/protocol.md), printed by docs/protocol.vectors.py. "
             "Frames, bodies and identities are in hex, ids decimal. The frame that a ROUTER puts "
             "in front, the identity, is left out. refused: the code of the ERROR that a session "
             "gets which was welcomed and has nothing open.",
    "messages": MESSAGES,
    "plain": PLAIN_MESSAGES,
    "refused": REFUSED_MESSAGES,
    "identities": IDENTITIES,
    "plainCallsigns": PLAIN_CALLSIGNS,
    "globs": GLOB_CASES,
}, ensure_ascii=False, indent=2))
