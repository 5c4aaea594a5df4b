/* The ROUTER that both C brokers serve from. */
#ifndef ROUTER_H
#define ROUTER_H

#include "../checked_zmq.h"

#include <errno.h>

static inline void *open_router(void) {
    void *context = require_pointer(zmq_ctx_new(), "zmq_ctx_new");
    void *router = require_pointer(zmq_socket(context, ZMQ_ROUTER), "zmq_socket");
    set_integer_option(router, ZMQ_ROUTER_MANDATORY, 1);
    /* As callsign's: with the usual 100 a crowd that comes at once waits for seconds. */
    set_integer_option(router, ZMQ_BACKLOG, 1024);
    return router;
}

/* The line is flushed at once because the driver waits for it before it connects anybody. */
static inline void bind_and_announce(void *router, const char *endpoint) {
    require(zmq_bind(router, endpoint), endpoint);
    char resolved[256];
    size_t size = sizeof resolved;
    require(zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, resolved, &size), "zmq_getsockopt");
    printf("Broker started, listening on %s\n", resolved);
    fflush(stdout);
}

static inline void open_message(zmq_msg_t *message) {
    require(zmq_msg_init(message), "zmq_msg_init");
}

static inline void receive(void *router, zmq_msg_t *frame) {
    require(zmq_msg_recv(frame, router, 0), "zmq_msg_recv");
}

/* False when nobody holds the identity any more, or its queue is full: one slow peer must not stop
 * the others. */
static inline bool send_identity(void *router, zmq_msg_t *identity) {
    if (zmq_msg_send(identity, router, ZMQ_SNDMORE | ZMQ_DONTWAIT) != -1) return true;
    int error = zmq_errno();
    if (error != EHOSTUNREACH && error != EAGAIN) fail("zmq_msg_send", zmq_strerror(error));
    return false;
}

static inline void send_frame(void *router, zmq_msg_t *frame, bool more) {
    require(zmq_msg_send(frame, router, more ? ZMQ_SNDMORE : 0), "zmq_msg_send");
}

/* What is left of a message goes out as it came, never copied. `frame` is only the room it passes
 * through. */
static inline void forward_rest(void *router, zmq_msg_t *frame, bool more) {
    while (more) {
        receive(router, frame);
        more = zmq_msg_more(frame);
        send_frame(router, frame, more);
    }
}

static inline void skip_rest(void *router, zmq_msg_t *frame, bool more) {
    while (more) {
        receive(router, frame);
        more = zmq_msg_more(frame);
    }
}

#endif
