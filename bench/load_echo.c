/* Echo and latency: dealers that send a body and expect "ACK: " and the body back, in order. */
#include "load_peer.h"

static const char acknowledgement[] = "ACK: ";
static const size_t acknowledgement_size = sizeof acknowledgement - 1;

struct asker {
    void *dealer;
    uint64_t asked, answered;
};

static struct asker connect_asker(void *context, const char *endpoint, const char *role,
                                  unsigned index) {
    struct name name = name_peer(role, index);
    return (struct asker){.dealer = connect_peer(context, endpoint, &name)};
}

static void ask(struct asker *asker, char *body, size_t size) {
    write_stamp(body, asker->asked++);
    send_bytes(asker->dealer, body, size, 0);
}

static bool take_answer(struct asker *asker, zmq_msg_t *answer, size_t size, int flags) {
    if (!receive_frame(asker->dealer, answer, flags)) return false;
    const char *bytes = zmq_msg_data(answer);
    expect(!zmq_msg_more(answer), "an echo has more than one frame");
    expect(zmq_msg_size(answer) == acknowledgement_size + size, "an echo has the wrong size");
    expect(memcmp(bytes, acknowledgement, acknowledgement_size) == 0,
           "an echo does not begin with \"ACK: \"");
    expect(read_stamp(bytes + acknowledgement_size) == asker->answered, "an echo is out of order");
    asker->answered++;
    return true;
}

/* Connecting costs the broker more than a message does, and is not what is measured. */
static void warm_up(struct asker *asker, char *body, size_t size, zmq_msg_t *answer) {
    ask(asker, body, size);
    take_answer(asker, answer, size, 0);
}

static void keep_asking(struct asker *askers, zmq_pollitem_t *items, struct echo_shape shape,
                        char *body, zmq_msg_t *answer) {
    uint64_t asked = 0, answered = 0;
    for (unsigned turn = 0; turn < shape.window; turn++) {
        for (unsigned i = 0; i < shape.peers && asked < shape.total; i++, asked++)
            ask(&askers[i], body, shape.body_size);
    }
    while (answered < shape.total) {
        wait_for_any(items, shape.peers);
        for (unsigned i = 0; i < shape.peers; i++) {
            if (!(items[i].revents & ZMQ_POLLIN)) continue;
            for (int burst = 0; burst < burst_max; burst++) {
                if (!take_answer(&askers[i], answer, shape.body_size, ZMQ_DONTWAIT)) break;
                answered++;
                if (asked == shape.total) continue;
                ask(&askers[i], body, shape.body_size);
                asked++;
            }
        }
    }
}

void run_echo(void *context, const char *endpoint, struct echo_shape shape) {
    struct asker *askers = require_pointer(calloc(shape.peers, sizeof *askers), "calloc");
    zmq_pollitem_t *items = require_pointer(calloc(shape.peers, sizeof *items), "calloc");
    char *body = make_body(shape.body_size);
    zmq_msg_t answer;
    open_message(&answer);
    for (unsigned i = 0; i < shape.peers; i++) {
        askers[i] = connect_asker(context, endpoint, "echo", i);
        items[i] = (zmq_pollitem_t){.socket = askers[i].dealer, .events = ZMQ_POLLIN};
        warm_up(&askers[i], body, shape.body_size, &answer);
    }
    double started = now_seconds();
    keep_asking(askers, items, shape, body, &answer);
    print_throughput("echo", shape.total, shape.body_size, now_seconds() - started);
    for (unsigned i = 0; i < shape.peers; i++) {
        expect(askers[i].asked == askers[i].answered, "a peer has an answer too many or too few");
        require(zmq_close(askers[i].dealer), "zmq_close");
    }
}

void run_latency(void *context, const char *endpoint, uint64_t total, size_t body_size) {
    double *micros = require_pointer(calloc(total, sizeof *micros), "calloc");
    char *body = make_body(body_size);
    zmq_msg_t answer;
    open_message(&answer);
    struct asker asker = connect_asker(context, endpoint, "latency", 0);
    warm_up(&asker, body, body_size, &answer);
    for (uint64_t i = 0; i < total; i++) {
        double asked = now_seconds();
        ask(&asker, body, body_size);
        take_answer(&asker, &answer, body_size, 0);
        micros[i] = (now_seconds() - asked) * 1e6;
    }
    qsort(micros, total, sizeof *micros, compare_doubles);
    printf("{\"mode\":\"latency\",\"messages\":%llu,\"bodyBytes\":%zu,", (unsigned long long)total,
           body_size);
    printf("\"p50Micros\":%.1f,\"p99Micros\":%.1f}\n", micros[total / 2], micros[total * 99 / 100]);
    require(zmq_close(asker.dealer), "zmq_close");
}
