/* One session of callsign/1 on a DEALER socket, after docs/protocol.md. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

enum { HELLO = 1, WELCOME, HEARTBEAT, DISCONNECT, SEND, REQUEST, REPLY, ACK, ERROR };
enum { RECEIPT = 0x01, LIMIT = 0x02, MORE = 0x08 };
enum { HEADER_BYTES = 16, FRAMES_MAX = 70, HEARTBEAT_MS = 3000, SILENT_HEARTBEATS = 3 };

struct message {
    uint8_t verb;
    uint8_t flags;
    uint16_t status;
    uint64_t id;
    int count; /* Frames after the header. */
    zmq_msg_t frames[FRAMES_MAX];
};

static void *context;
static void *dealer;

static int require(int result, const char *operation) {
    if (result == -1) {
        fprintf(stderr, "%s: %s\n", operation, zmq_strerror(zmq_errno()));
        exit(70);
    }
    return result;
}

static inline const char *bytes_of(struct message *message, int frame) {
    return zmq_msg_data(&message->frames[frame]);
}

static inline int size_of(struct message *message, int frame) {
    return (int)zmq_msg_size(&message->frames[frame]);
}

static void put(uint8_t *to, int bytes, uint64_t value) {
    for (int i = 0; i < bytes; i++) to[i] = (uint8_t)(value >> 8 * i);
}

static uint64_t get(const uint8_t *from, int bytes) {
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++) value |= (uint64_t)from[i] << 8 * i;
    return value;
}

/* Sends the header; the caller sends what follows it. */
static void say(int verb, int flags, int status, uint64_t id, int more) {
    uint8_t header[HEADER_BYTES] = {'C', 'S', 1, (uint8_t)verb, (uint8_t)flags, 0};
    put(header + 6, 2, (uint64_t)status);
    put(header + 8, 8, id);
    require(zmq_send(dealer, header, sizeof header, more ? ZMQ_SNDMORE : 0), "zmq_send");
}

static void say_frame(const void *bytes, size_t size, int more) {
    require(zmq_send(dealer, bytes, size, more ? ZMQ_SNDMORE : 0), "zmq_send");
}

static void say_hello(const char *role) {
    char json[128];
    const char *form = "{\"role\":\"%s\",\"instance\":\"c%d\"}";
    int size = snprintf(json, sizeof json, form, role, getpid());
    say(HELLO, 0, 0, 0, 1);
    say_frame(json, (size_t)size, 0);
}

static void connect_as(const char *endpoint, const char *callsign) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    char identity[256];
    unsigned char random[8];
    int linger = 1000;
    FILE *source = fopen("/dev/urandom", "rb");
    if (source == NULL || fread(random, sizeof random, 1, source) != 1) exit(70);
    fclose(source);
    int size = snprintf(identity, sizeof identity - sizeof random, "%s\x1f", callsign);
    for (size_t i = 0; i < sizeof random; i++) identity[size++] = letters[random[i] % 62];
    context = zmq_ctx_new();
    dealer = zmq_socket(context, ZMQ_DEALER);
    require(zmq_setsockopt(dealer, ZMQ_LINGER, &linger, sizeof linger), "zmq_setsockopt");
    require(zmq_setsockopt(dealer, ZMQ_ROUTING_ID, identity, (size_t)size), "zmq_setsockopt");
    require(zmq_connect(dealer, endpoint), endpoint);
}

static void close_message(struct message *message) {
    for (int i = 0; i < message->count; i++) zmq_msg_close(&message->frames[i]);
}

/* Waits for the next message, with heartbeats meanwhile; 0 when nobody answers them. */
static int hear(struct message *message) {
    zmq_pollitem_t item = {dealer, 0, ZMQ_POLLIN, 0};
    int unanswered = 0;
    while (require(zmq_poll(&item, 1, HEARTBEAT_MS), "zmq_poll") == 0) {
        if (unanswered++ == SILENT_HEARTBEATS) return 0;
        say(HEARTBEAT, 0, 0, 0, 0);
    }
    uint8_t header[HEADER_BYTES];
    int size = require(zmq_recv(dealer, header, sizeof header, 0), "zmq_recv");
    if (size != HEADER_BYTES || memcmp(header, "CS\1", 3) != 0) exit(65);
    message->verb = header[3];
    message->flags = header[4];
    message->status = (uint16_t)get(header + 6, 2);
    message->id = get(header + 8, 8);
    message->count = 0;
    int more = 0;
    size_t length = sizeof more;
    require(zmq_getsockopt(dealer, ZMQ_RCVMORE, &more, &length), "zmq_getsockopt");
    while (more) {
        if (message->count == FRAMES_MAX) exit(65);
        zmq_msg_t *frame = &message->frames[message->count++];
        require(zmq_msg_init(frame), "zmq_msg_init");
        require(zmq_msg_recv(frame, dealer, 0), "zmq_msg_recv");
        more = zmq_msg_more(frame);
    }
    return 1;
}

static inline int is_code(struct message *message, const char *code) {
    return (size_t)size_of(message, 0) == strlen(code) &&
        memcmp(bytes_of(message, 0), code, strlen(code)) == 0;
}

static void leave(void) {
    say(DISCONNECT, 0, 0, 0, 0);
    require(zmq_close(dealer), "zmq_close");
    require(zmq_ctx_term(context), "zmq_ctx_term");
}
