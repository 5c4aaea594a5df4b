/* Forward: clients ask workers, and workers reply, both through the broker. */
#include "load_peer.h"

enum { header_size = 16, header_id_offset = 8 };
enum { verb_register = 1, verb_request = 2, verb_reply = 3 };

struct forward_load {
    struct forward_shape shape;
    unsigned peers;
    /* Clients first, then workers. */
    struct name *names;
    zmq_pollitem_t *items;
    char *body;
    /* By id of the request. */
    bool *is_answered;
    uint64_t requested, answered;
};

struct letter {
    zmq_msg_t header, peer, body;
};

static void post(struct forward_load *load, unsigned from, unsigned char verb, uint64_t id,
                 const void *to, size_t to_size) {
    unsigned char header[header_size] = {'C', 'S', 1, verb};
    write_stamp(header + header_id_offset, id);
    write_stamp(load->body, id);
    void *dealer = load->items[from].socket;
    send_bytes(dealer, header, sizeof header, ZMQ_SNDMORE);
    send_bytes(dealer, to, to_size, ZMQ_SNDMORE);
    send_bytes(dealer, load->body, load->shape.body_size, 0);
}

static bool collect(void *dealer, struct letter *letter, int flags) {
    if (!receive_frame(dealer, &letter->header, flags)) return false;
    expect(zmq_msg_more(&letter->header), "a message ends after its header");
    receive_frame(dealer, &letter->peer, 0);
    expect(zmq_msg_more(&letter->peer), "a message has no body");
    receive_frame(dealer, &letter->body, 0);
    expect(!zmq_msg_more(&letter->body), "a message has more than three frames");
    return true;
}

/* The id, once all else is as it was sent. */
static uint64_t check_letter(const struct forward_load *load, struct letter *letter,
                             unsigned char verb) {
    const unsigned char start[header_id_offset] = {'C', 'S', 1, verb};
    const char *header = zmq_msg_data(&letter->header);
    expect(zmq_msg_size(&letter->header) == header_size, "a header has the wrong size");
    expect(memcmp(header, start, sizeof start) == 0, "a header is not as it was sent");
    expect(zmq_msg_size(&letter->body) == load->shape.body_size, "a body has the wrong size");
    uint64_t id = read_stamp(header + header_id_offset);
    expect(read_stamp(zmq_msg_data(&letter->body)) == id, "a body belongs to another message");
    return id;
}

static void check_sender(zmq_msg_t *peer, const struct name *name) {
    expect(zmq_msg_size(peer) == name->size, "a message names another sender");
    expect(memcmp(zmq_msg_data(peer), name->bytes, name->size) == 0,
           "a message names another sender");
}

static unsigned worker_of(const struct forward_load *load, uint64_t id) {
    return load->shape.clients + (unsigned)(id % load->shape.workers);
}

static void request_next(struct forward_load *load, unsigned client) {
    if (load->requested == load->shape.total) return;
    uint64_t id = load->requested++;
    const struct name *worker = &load->names[worker_of(load, id)];
    post(load, client, verb_request, id, worker->bytes, worker->size);
}

static void take_reply(struct forward_load *load, unsigned client, struct letter *letter) {
    uint64_t id = check_letter(load, letter, verb_reply);
    expect(id < load->requested && !load->is_answered[id], "a reply answers no open request");
    check_sender(&letter->peer, &load->names[worker_of(load, id)]);
    load->is_answered[id] = true;
    load->answered++;
    request_next(load, client);
}

static void serve_request(struct forward_load *load, unsigned worker, struct letter *letter) {
    uint64_t id = check_letter(load, letter, verb_request);
    expect(worker_of(load, id) == worker, "a request reached another worker");
    zmq_msg_t *client = &letter->peer;
    post(load, worker, verb_reply, id, zmq_msg_data(client), zmq_msg_size(client));
}

/* A ROUTER knows a peer from its first message on, so each sends one to itself and waits for it. */
static void register_peers(struct forward_load *load, void *context, const char *endpoint,
                           struct letter *letter) {
    for (unsigned i = 0; i < load->peers; i++) {
        struct name *name = &load->names[i];
        *name = name_peer(i < load->shape.clients ? "client" : "worker", i);
        load->items[i].socket = connect_peer(context, endpoint, name);
        load->items[i].events = ZMQ_POLLIN;
        post(load, i, verb_register, i, name->bytes, name->size);
    }
    for (unsigned i = 0; i < load->peers; i++) {
        collect(load->items[i].socket, letter, 0);
        uint64_t id = check_letter(load, letter, verb_register);
        expect(id == i, "a peer received the registration of another");
        check_sender(&letter->peer, &load->names[i]);
    }
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
                if (!collect(load->items[i].socket, letter, ZMQ_DONTWAIT)) break;
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
        .names = require_pointer(calloc(peers, sizeof(struct name)), "calloc"),
        .items = require_pointer(calloc(peers, sizeof(zmq_pollitem_t)), "calloc"),
        .body = make_body(shape.body_size),
        .is_answered = require_pointer(calloc(shape.total, sizeof(bool)), "calloc"),
    };
    struct letter letter;
    open_message(&letter.header);
    open_message(&letter.peer);
    open_message(&letter.body);
    register_peers(&load, context, endpoint, &letter);
    double started = now_seconds();
    exchange(&load, &letter);
    print_throughput("forward", 2 * shape.total, shape.body_size, now_seconds() - started);
    for (unsigned i = 0; i < peers; i++) require(zmq_close(load.items[i].socket), "zmq_close");
}
