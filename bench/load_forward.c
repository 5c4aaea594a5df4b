/* Forward: clients ask workers, and workers reply, both through the broker. None of them is ever
 * silent for long, so nobody needs a heartbeat. */
#include "load_session.h"

struct forward_load {
    struct forward_shape shape;
    unsigned peers;
    /* Clients first, then workers. */
    struct session *sessions;
    zmq_pollitem_t *items;
    char *body;
    /* By id of the request. */
    bool *is_answered;
    uint64_t requested, answered;
};

static unsigned worker_of(const struct forward_load *load, uint64_t id) {
    return load->shape.clients + (unsigned)(id % load->shape.workers);
}

static void request_next(struct forward_load *load, unsigned client) {
    if (load->requested == load->shape.total) return;
    uint64_t id = load->requested++;
    post_request(&load->sessions[client], &load->sessions[worker_of(load, id)], id, load->body,
                 load->shape.body_size);
}

static void take_reply(struct forward_load *load, unsigned client, struct letter *letter) {
    uint64_t id = check_letter(letter, verb_reply, load->shape.body_size);
    expect(id < load->requested && !load->is_answered[id], "a reply answers no open request");
    check_sender(letter, &load->sessions[worker_of(load, id)]);
    load->is_answered[id] = true;
    load->answered++;
    request_next(load, client);
}

static void serve_request(struct forward_load *load, unsigned worker, struct letter *letter) {
    uint64_t id = check_letter(letter, verb_request, load->shape.body_size);
    expect(worker_of(load, id) == worker, "a request reached another worker");
    post_reply(&load->sessions[worker], letter, id, load->body, load->shape.body_size);
}

static void register_peers(struct forward_load *load, void *context, const char *endpoint,
                           struct letter *letter) {
    unsigned window_of_all = load->shape.clients * load->shape.window;
    for (unsigned i = 0; i < load->peers; i++) {
        bool is_client = i < load->shape.clients;
        const char *role = is_client ? "client" : "worker";
        load->sessions[i] = open_session(context, endpoint, load->shape.dialect, role, i);
        load->items[i] = (zmq_pollitem_t){.socket = load->sessions[i].dealer, .events = ZMQ_POLLIN};
        introduce(&load->sessions[i], is_client ? 0 : window_of_all);
    }
    for (unsigned i = 0; i < load->peers; i++) await_welcome(&load->sessions[i], letter);
}

static void exchange(struct forward_load *load, struct letter *letter) {
    for (unsigned turn = 0; turn < load->shape.window; turn++) {
        for (unsigned i = 0; i < load->shape.clients; i++) request_next(load, i);
    }
    while (load->answered < load->shape.total) {
        wait_for_any(load->items, load->peers);
        for (unsigned i = 0; i < load->peers; i++) {
            if (!(load->items[i].revents & ZMQ_POLLIN)) continue;
            for (int burst = 0; burst < burst_max; burst++) {
                if (!collect(&load->sessions[i], letter, ZMQ_DONTWAIT)) break;
                if (i < load->shape.clients) take_reply(load, i, letter);
                else serve_request(load, i, letter);
            }
        }
    }
}

void run_forward(void *context, const char *endpoint, struct forward_shape shape) {
    unsigned peers = shape.clients + shape.workers;
    struct forward_load load = {
        .shape = shape,
        .peers = peers,
        .sessions = require_pointer(calloc(peers, sizeof(struct session)), "calloc"),
        .items = require_pointer(calloc(peers, sizeof(zmq_pollitem_t)), "calloc"),
        .body = make_body(shape.body_size),
        .is_answered = require_pointer(calloc(shape.total, sizeof(bool)), "calloc"),
    };
    struct letter letter;
    open_letter(&letter);
    register_peers(&load, context, endpoint, &letter);
    double started = now_seconds();
    exchange(&load, &letter);
    print_throughput("forward", 2 * shape.total, shape.body_size, now_seconds() - started);
    for (unsigned i = 0; i < peers; i++) require(zmq_close(load.sessions[i].dealer), "zmq_close");
}
