#include "load_session.h"

enum { session_separator = 0x1f, hello_size_max = 200, complaint_size_max = 200 };

/* A socket's own characters need no chance here: no two of a load, and no two loads at a time, have
 * the same number and process id. */
struct session open_session(void *context, const char *endpoint, enum dialect dialect,
                            const char *role, unsigned index) {
    struct session session = {.dialect = dialect, .identity = name_peer(role, index)};
    struct name *identity = &session.identity;
    session.callsign_size = identity->size;
    identity->size += (size_t)snprintf(identity->bytes + identity->size,
                                       sizeof identity->bytes - identity->size, "%c%08u",
                                       session_separator, index % 100000000);
    session.dealer = connect_peer(context, endpoint, identity);
    return session;
}

static void write_header(unsigned char *header, enum verb verb, uint64_t id) {
    memcpy(header, (const unsigned char[]){'C', 'S', 1, verb, 0, 0, 0, 0}, header_id_offset);
    write_stamp(header + header_id_offset, id);
}

static void send_header(struct session *session, enum verb verb, uint64_t id, int flags) {
    unsigned char header[header_size];
    write_header(header, verb, id);
    send_bytes(session->dealer, header, sizeof header, flags);
}

static void send_to_itself(struct session *session) {
    send_header(session, verb_send, 0, ZMQ_SNDMORE);
    send_bytes(session->dealer, session->identity.bytes, session->identity.size, ZMQ_SNDMORE);
    send_bytes(session->dealer, "", 0, 0);
}

void introduce(struct session *session, unsigned capacity) {
    if (session->dialect == dialect_swap) {
        send_to_itself(session);
        return;
    }
    char hello[hello_size_max];
    int size = snprintf(hello, sizeof hello,
                        "{\"role\":\"%s\",\"instance\":\"load-%ld\",\"capacity\":%u}",
                        capacity > 0 ? "worker" : "client", (long)getpid(), capacity);
    send_header(session, verb_hello, 0, ZMQ_SNDMORE);
    send_bytes(session->dealer, hello, (size_t)size, 0);
}

static enum verb verb_of(struct letter *letter) {
    return ((unsigned char *)zmq_msg_data(&letter->header))[header_verb_offset];
}

void await_welcome(struct session *session, struct letter *letter) {
    enum verb wanted = session->dialect == dialect_swap ? verb_send : verb_welcome;
    collect(session, letter, 0);
    expect(verb_of(letter) == wanted, "a peer was not welcomed");
}

void send_pulse(struct session *session) {
    if (session->dialect == dialect_swap) send_to_itself(session);
    else send_header(session, verb_heartbeat, 0, 0);
}

bool is_pulse(const struct session *session, struct letter *letter) {
    return verb_of(letter) == (session->dialect == dialect_swap ? verb_send : verb_heartbeat);
}

void post(struct session *session, enum verb verb, uint64_t id, const void *to, size_t to_size,
          void *body, size_t body_size) {
    write_stamp(body, id);
    send_header(session, verb, id, ZMQ_SNDMORE);
    send_bytes(session->dealer, to, to_size, ZMQ_SNDMORE);
    send_bytes(session->dealer, body, body_size, 0);
}

void post_request(struct session *asker, const struct session *peer, uint64_t id, void *body,
                  size_t body_size) {
    bool has_names = peer->dialect == dialect_callsign;
    size_t to_size = has_names ? peer->callsign_size : peer->identity.size;
    post(asker, verb_request, id, peer->identity.bytes, to_size, body, body_size);
}

void post_reply(struct session *session, struct letter *letter, uint64_t id, void *body,
                size_t body_size) {
    zmq_msg_t *asker = &letter->peer;
    post(session, verb_reply, id, zmq_msg_data(asker), zmq_msg_size(asker), body, body_size);
}

static void clear_frame(zmq_msg_t *frame) {
    require(zmq_msg_close(frame), "zmq_msg_close");
    open_message(frame);
}

/* An ERROR is [header][code][text]… */
static _Noreturn void fail_for_error(struct session *session, zmq_msg_t *frame) {
    char complaint[complaint_size_max] = "ERROR";
    while (zmq_msg_more(frame)) {
        receive_frame(session->dealer, frame, 0);
        size_t length = strlen(complaint);
        snprintf(complaint + length, sizeof complaint - length, " %.*s", (int)zmq_msg_size(frame),
                 (const char *)zmq_msg_data(frame));
    }
    fail("Check an answer", complaint);
}

bool collect(struct session *session, struct letter *letter, int flags) {
    if (!receive_frame(session->dealer, &letter->header, flags)) return false;
    expect(zmq_msg_size(&letter->header) == header_size, "a header has the wrong size");
    if (verb_of(letter) == verb_error) fail_for_error(session, &letter->header);
    zmq_msg_t *last = &letter->header;
    for (zmq_msg_t *frame = &letter->peer;; frame = &letter->body) {
        if (zmq_msg_more(last)) receive_frame(session->dealer, last = frame, 0);
        else clear_frame(frame);
        if (frame == &letter->body) break;
    }
    expect(!zmq_msg_more(last), "a message has more than three frames");
    return true;
}

uint64_t check_letter(struct letter *letter, enum verb verb, size_t body_size) {
    const unsigned char start[header_id_offset] = {'C', 'S', 1, verb};
    const char *header = zmq_msg_data(&letter->header);
    expect(memcmp(header, start, sizeof start) == 0, "a header is not as it was sent");
    expect(zmq_msg_size(&letter->body) == body_size, "a body has the wrong size");
    uint64_t id = read_stamp(header + header_id_offset);
    expect(read_stamp(zmq_msg_data(&letter->body)) == id, "a body belongs to another message");
    return id;
}

void check_sender(struct letter *letter, const struct session *sender) {
    const struct name *identity = &sender->identity;
    expect(zmq_msg_size(&letter->peer) == identity->size &&
               memcmp(zmq_msg_data(&letter->peer), identity->bytes, identity->size) == 0,
           "a message names another sender");
}
