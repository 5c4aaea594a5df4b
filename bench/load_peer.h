/* The peers a load is made of: how they are named and connected, how they wait, and how what they
 * receive is checked. */
#ifndef LOAD_PEER_H
#define LOAD_PEER_H

#include "checked_zmq.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    silence_limit_ms = 10000,
    /* One busy socket must not keep the others waiting. */
    burst_max = 64,
    identity_size_max = 255,
    stamp_size = sizeof(uint64_t),
};

struct name {
    char bytes[identity_size_max];
    size_t size;
};

static inline double now_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* `messages` counts what passed through the broker, each once. */
static inline void print_throughput(const char *mode, uint64_t messages, size_t body_bytes,
                                    double seconds) {
    printf("{\"mode\":\"%s\",\"messages\":%llu,\"bodyBytes\":%zu,", mode,
           (unsigned long long)messages, body_bytes);
    printf("\"seconds\":%.6f,\"messagesPerSecond\":%.0f}\n", seconds, (double)messages / seconds);
}

/* The process id is part of a name because a ROUTER never reads a second connection whose name is
 * still taken, and the broker may not yet have noticed that an earlier load is gone. */
static inline struct name name_peer(const char *role, unsigned index) {
    struct name name;
    int size = snprintf(name.bytes, sizeof name.bytes, "%s-%05u-%07u", role, index,
                        (unsigned)getpid() % 10000000);
    name.size = (size_t)size;
    return name;
}

static inline void *connect_peer(void *context, const char *endpoint, const struct name *name) {
    void *dealer = require_pointer(zmq_socket(context, ZMQ_DEALER), "zmq_socket");
    require(zmq_setsockopt(dealer, ZMQ_ROUTING_ID, name->bytes, name->size), "zmq_setsockopt");
    set_integer_option(dealer, ZMQ_LINGER, 0);
    set_integer_option(dealer, ZMQ_SNDHWM, 0);
    set_integer_option(dealer, ZMQ_RCVHWM, 0);
    set_integer_option(dealer, ZMQ_RCVTIMEO, silence_limit_ms);
    require(zmq_connect(dealer, endpoint), endpoint);
    return dealer;
}

static inline void open_message(zmq_msg_t *message) {
    require(zmq_msg_init(message), "zmq_msg_init");
}

static inline void send_bytes(void *dealer, const void *bytes, size_t size, int flags) {
    require(zmq_send(dealer, bytes, size, flags), "zmq_send");
}

static inline _Noreturn void fail_for_silence(void) {
    fail("Wait for an answer", "none within the limit");
}

/* False only when `flags` has ZMQ_DONTWAIT and nothing is there. */
static inline bool receive_frame(void *dealer, zmq_msg_t *frame, int flags) {
    if (zmq_msg_recv(frame, dealer, flags) != -1) return true;
    if (zmq_errno() != EAGAIN) fail("zmq_msg_recv", zmq_strerror(zmq_errno()));
    if (!(flags & ZMQ_DONTWAIT)) fail_for_silence();
    return false;
}

static inline void wait_for_any(zmq_pollitem_t *items, unsigned count) {
    if (require(zmq_poll(items, (int)count, silence_limit_ms), "zmq_poll") == 0) fail_for_silence();
}

static inline void expect(bool holds, const char *otherwise) {
    if (!holds) fail("Check an answer", otherwise);
}

static inline int compare_doubles(const void *left, const void *right) {
    double difference = *(const double *)left - *(const double *)right;
    return (difference > 0) - (difference < 0);
}

/* A body begins with a stamp, so that an answer to another message than was asked is noticed. */
static inline char *make_body(size_t size) {
    char *body = require_pointer(malloc(size), "malloc");
    memset(body, 'x', size);
    return body;
}

static inline void write_stamp(void *bytes, uint64_t stamp) { memcpy(bytes, &stamp, stamp_size); }

static inline uint64_t read_stamp(const void *bytes) {
    uint64_t stamp;
    memcpy(&stamp, bytes, stamp_size);
    return stamp;
}

/* ---- the loads, one file each ---- */

struct echo_shape {
    unsigned peers, window;
    uint64_t total;
    size_t body_size;
};

enum dialect { dialect_swap, dialect_callsign };

struct forward_shape {
    enum dialect dialect;
    unsigned clients, workers, window;
    uint64_t total;
    size_t body_size;
};

struct many_shape {
    enum dialect dialect;
    unsigned peers;
    uint64_t total, latency_total;
    size_t body_size;
    /* The broker's process, whose CPU time and memory are read. */
    pid_t broker;
};

void run_echo(void *context, const char *endpoint, struct echo_shape shape);
void run_latency(void *context, const char *endpoint, uint64_t total, size_t body_size);
void run_forward(void *context, const char *endpoint, struct forward_shape shape);
void run_many(void *context, const char *endpoint, struct many_shape shape);

#endif
