/* client PEER TEXT [ENDPOINT]: asks PEER, prints its answer, and ends with its status. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

enum { HELLO = 1, WELCOME, HEARTBEAT, DISCONNECT, SEND, REQUEST, REPLY, ACK, ERROR };
enum { MORE = 0x08, STDERR = 0x10, FRAMES_MAX = 70 };

static void *dealer;
static long beat_ms = 5000;          /* Until WELCOME tells. */
static uint8_t header[16];           /* Of the message that was heard. */
static zmq_msg_t frames[FRAMES_MAX]; /* What followed it. */
static int count;

static void say(int verb, uint8_t id, const char *first, const char *second) {
    uint8_t said[16] = {'C', 'S', 1, (uint8_t)verb, [8] = id};
    zmq_send(dealer, said, sizeof said, first ? ZMQ_SNDMORE : 0);
    if (first) zmq_send(dealer, first, strlen(first), second ? ZMQ_SNDMORE : 0);
    if (second) zmq_send(dealer, second, strlen(second), 0);
}

static int has_more(void) {
    int more = 0;
    zmq_getsockopt(dealer, ZMQ_RCVMORE, &more, &(size_t){sizeof more});
    return more;
}

static void receive(void) {
    while (count > 0) zmq_msg_close(&frames[--count]);
    zmq_recv(dealer, header, sizeof header, 0);
    while (has_more() && count < FRAMES_MAX) {
        zmq_msg_init(&frames[count]);
        zmq_msg_recv(&frames[count++], dealer, 0);
    }
}

/* Receives the next message, with heartbeats meanwhile; 0 when three of them are not answered. */
static int hear(void) {
    zmq_pollitem_t item = {dealer, 0, ZMQ_POLLIN, 0};
    for (int unanswered = 0; unanswered < 3; unanswered++) {
        if (zmq_poll(&item, 1, beat_ms * 3 / 4) > 0) {
            receive();
            return 1;
        }
        say(HEARTBEAT, 2, NULL, NULL);
    }
    return 0;
}

static void print(FILE *file, int frame) {
    fwrite(zmq_msg_data(&frames[frame]), 1, zmq_msg_size(&frames[frame]), file);
}

static int is_code(const char *code) {
    return zmq_msg_size(&frames[0]) == strlen(code) &&
        memcmp(zmq_msg_data(&frames[0]), code, strlen(code)) == 0;
}

static void read_welcome(void) {
    char json[1024] = "";
    size_t size = zmq_msg_size(&frames[0]);
    if (size < sizeof json) memcpy(json, zmq_msg_data(&frames[0]), size);
    const char *beat = strstr(json, "\"heartbeatMs\":");
    if (beat) beat_ms = strtol(strchr(beat, ':') + 1, NULL, 10);
}

static int print_reply(void) {
    int status = header[6] | header[7] << 8;
    if (header[4] & STDERR && count > 1) print(stderr, --count);
    for (int frame = 1; frame < count; frame++) print(stdout, frame);
    printf("\n");
    return status > 255 ? 255 : status;
}

static int print_error(void) {
    print(stderr, 0);
    fprintf(stderr, ": ");
    print(stderr, 1);
    fprintf(stderr, "\n");
    return is_code("timeout") || is_code("expired") ? 124 : is_code("busy") ? 75 : 69;
}

int main(int argc, char **argv) {
    const char *endpoint = argc > 3 ? argv[3] : "tcp://localhost:5555";
    char identity[32], hello[64];
    uint32_t random[3];
    if (argc < 3 || getentropy(random, sizeof random) != 0) return 64;
    snprintf(identity, sizeof identity, "ask-%08x\x1f%08x", random[0], random[1]);
    snprintf(hello, sizeof hello, "{\"role\":\"client\",\"instance\":\"%08x\"}", random[2]);
    void *context = zmq_ctx_new();
    dealer = zmq_socket(context, ZMQ_DEALER);
    zmq_setsockopt(dealer, ZMQ_LINGER, &(int){1000}, sizeof(int));
    zmq_setsockopt(dealer, ZMQ_ROUTING_ID, identity, strlen(identity));
    if (zmq_connect(dealer, endpoint) != 0) {
        fprintf(stderr, "%s: %s\n", endpoint, zmq_strerror(zmq_errno()));
        return 64;
    }
    say(HELLO, 0, hello, NULL);
    int worst = 0, is_over = 0;
    while (!is_over && hear()) {
        int verb = header[3], status = 0, is_answer = header[8] == 1;
        if (verb == ERROR && !is_answer && is_code("unknown-peer")) {
            say(HELLO, 0, hello, NULL);
            continue;
        }
        if (verb == WELCOME) {
            read_welcome();
            say(REQUEST, 1, argv[1], argv[2]);
        } else if (verb == REPLY) {
            status = print_reply();
        } else if (verb == ERROR) {
            status = print_error();
        }
        if (status > worst) worst = status;
        /* MORE: others of a glob will answer. */
        is_over = (is_answer || verb == ERROR) && !(header[4] & MORE);
    }
    if (!is_over) {
        fprintf(stderr, "unreachable: no broker answers at %s\n", endpoint);
        worst = 69;
    }
    say(DISCONNECT, 3, NULL, NULL);
    zmq_close(dealer);
    zmq_ctx_term(context);
    return worst;
}
