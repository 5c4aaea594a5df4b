/* Peers that are reached by name: how each makes itself known, and what its messages are made of.
 *
 * To a broker of callsign/1 (docs/protocol.md) it says HELLO, and is then reached by its callsign.
 * A swap loop knows a peer from its first message on, and by its whole identity alone; so there it
 * says something to itself. All else is the same, frame for frame. */
#ifndef LOAD_SESSION_H
#define LOAD_SESSION_H

#include "load_peer.h"

enum { header_size = 16, header_verb_offset = 3, header_id_offset = 8 };

enum verb {
    verb_hello = 1,
    verb_welcome = 2,
    verb_heartbeat = 3,
    verb_send = 5,
    verb_request = 6,
    verb_reply = 7,
    verb_error = 9,
};

struct session {
    void *dealer;
    enum dialect dialect;
    /* The callsign, 0x1F, and what tells this socket from another of that name. */
    struct name identity;
    size_t callsign_size;
};

/* One message; frames that it does not have are empty. */
struct letter {
    zmq_msg_t header, peer, body;
};

static inline void open_letter(struct letter *letter) {
    open_message(&letter->header);
    open_message(&letter->peer);
    open_message(&letter->body);
}

struct session open_session(void *context, const char *endpoint, enum dialect dialect,
                            const char *role, unsigned index);

/* Says who it is; `capacity` is how many requests it takes at once, and none makes it a client. */
void introduce(struct session *session, unsigned capacity);
void await_welcome(struct session *session, struct letter *letter);

/* Says that it still lives; what answers is a pulse too, and may come between any two messages. */
void send_pulse(struct session *session);
bool is_pulse(const struct session *session, struct letter *letter);

void post(struct session *session, enum verb verb, uint64_t id, const void *to, size_t to_size,
          void *body, size_t body_size);

/* Asks a peer by what it is reached by. */
void post_request(struct session *asker, const struct session *peer, uint64_t id, void *body,
                  size_t body_size);

/* Answers the request that `letter` holds. */
void post_reply(struct session *session, struct letter *letter, uint64_t id, void *body,
                size_t body_size);

/* False only when `flags` has ZMQ_DONTWAIT and nothing is there. An ERROR is a failure. */
bool collect(struct session *session, struct letter *letter, int flags);

/* The id of a request or reply, once all else of it is as it was sent. */
uint64_t check_letter(struct letter *letter, enum verb verb, size_t body_size);
void check_sender(struct letter *letter, const struct session *sender);

#endif
