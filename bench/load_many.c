/* Many: one asker and so many named peers, all of them in this process, each asked by its name.
 *
 * Whoever was asked is known here, so its socket is the only one that is looked at: polling
 * thousands of them would cost more than the broker's work that is measured. */
#include "load_session.h"

#include <sys/resource.h>

enum {
    descriptors_per_peer = 2,
    descriptors_besides = 100,
    /* Requests on their way at a time, each for another peer, so that as much comes and goes by one
     * connection at a time however many there are: libzmq's own costs depend on that most of all. */
    window = 10,
};

/* A peer must have said something within five seconds; it draws its time from the last quarter. */
static const double pulse_seconds = 5, pulse_look_seconds = 0.001;

struct crowd {
    struct many_shape shape;
    /* The asker comes last. */
    struct session *sessions;
    /* Has a request that it has not served. */
    bool *is_asked;
    double *pulse_due;
    double look_due;
    char *body;
    /* Whom each request is for, by its id; `answered_peer` once that peer has replied. */
    unsigned *peer_of;
    uint64_t asked, answered;
    uint64_t random;
    struct letter letter;
};

static const unsigned answered_peer = (unsigned)-1;

/* The same peers in each run (xorshift). */
static uint64_t draw(struct crowd *crowd) {
    crowd->random ^= crowd->random << 13;
    crowd->random ^= crowd->random >> 7;
    return crowd->random ^= crowd->random << 17;
}

static struct session *asker_of(struct crowd *crowd) {
    return &crowd->sessions[crowd->shape.peers];
}

static void raise_limits(void *context, unsigned peers) {
    struct rlimit limit;
    require(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    require(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
    if (limit.rlim_max < (rlim_t)peers * descriptors_per_peer + descriptors_besides)
        fail("Open so many peers", "the hard limit of descriptors (ulimit -Hn) is too low");
    require(zmq_ctx_set(context, ZMQ_MAX_SOCKETS, (int)peers + 1), "zmq_ctx_set");
}

static void plan_pulse(struct crowd *crowd, unsigned i) {
    double part = 0.75 + 0.25 * (double)(draw(crowd) % 1024) / 1024;
    crowd->pulse_due[i] = now_seconds() + pulse_seconds * part;
}

/* The asker says enough as it is. Answers to earlier pulses are read here, and wherever something else is waited for. */
static void keep_alive(struct crowd *crowd) {
    double now = now_seconds();
    if (now < crowd->look_due) return;
    crowd->look_due = now + pulse_look_seconds;
    for (unsigned i = 0; i < crowd->shape.peers; i++) {
        if (now < crowd->pulse_due[i] || crowd->is_asked[i]) continue;
        struct session *session = &crowd->sessions[i];
        while (collect(session, &crowd->letter, ZMQ_DONTWAIT))
            expect(is_pulse(session, &crowd->letter), "a peer was sent what it was not asked for");
        send_pulse(session);
        plan_pulse(crowd, i);
    }
}

static void collect_message(struct crowd *crowd, struct session *session) {
    do collect(session, &crowd->letter, 0);
    while (is_pulse(session, &crowd->letter));
}

static void ask(struct crowd *crowd, unsigned peer) {
    uint64_t id = crowd->asked++;
    crowd->peer_of[id] = peer;
    crowd->is_asked[peer] = true;
    post_request(asker_of(crowd), &crowd->sessions[peer], id, crowd->body, crowd->shape.body_size);
}

static void serve(struct crowd *crowd, unsigned peer) {
    struct session *session = &crowd->sessions[peer];
    collect_message(crowd, session);
    uint64_t id = check_letter(&crowd->letter, verb_request, crowd->shape.body_size);
    expect(id < crowd->asked && crowd->peer_of[id] == peer, "a request reached another peer");
    check_sender(&crowd->letter, asker_of(crowd));
    crowd->is_asked[peer] = false;
    post_reply(session, &crowd->letter, id, crowd->body, crowd->shape.body_size);
}

static void take_reply(struct crowd *crowd) {
    collect_message(crowd, asker_of(crowd));
    uint64_t id = check_letter(&crowd->letter, verb_reply, crowd->shape.body_size);
    expect(id < crowd->asked && crowd->peer_of[id] != answered_peer,
           "a reply answers no open request");
    check_sender(&crowd->letter, &crowd->sessions[crowd->peer_of[id]]);
    crowd->peer_of[id] = answered_peer;
    crowd->answered++;
}

static unsigned in_turn(struct crowd *crowd) { return (unsigned)crowd->asked; }

static unsigned at_random(struct crowd *crowd) {
    unsigned peer;
    do peer = (unsigned)(draw(crowd) % crowd->shape.peers);
    while (crowd->is_asked[peer]);
    return peer;
}

static void forget_answered(struct crowd *crowd) {
    expect(crowd->asked == crowd->answered, "a request was not answered");
    crowd->asked = crowd->answered = 0;
}

/* Half of the window is with the peers, half on its way back, so the broker always has work. */
static void ask_all(struct crowd *crowd, uint64_t total, unsigned (*choose)(struct crowd *)) {
    forget_answered(crowd);
    unsigned turns[window];
    for (uint64_t step = 0; step < total + window; step++) {
        uint64_t served = step - window / 2;
        if (step >= window) take_reply(crowd);
        if (step >= window / 2 && served < total) serve(crowd, turns[served % window]);
        if (step < total) ask(crowd, turns[step % window] = choose(crowd));
        keep_alive(crowd);
    }
}

static void ask_one_by_one(struct crowd *crowd, uint64_t total, double *micros) {
    forget_answered(crowd);
    for (uint64_t i = 0; i < total; i++) {
        unsigned peer = at_random(crowd);
        double asked = now_seconds();
        ask(crowd, peer);
        serve(crowd, peer);
        take_reply(crowd);
        micros[i] = (now_seconds() - asked) * 1e6;
        keep_alive(crowd);
    }
}

/* All connect at once, and each has said who it is before anybody waits for a welcome. */
static double register_all(struct crowd *crowd, void *context, const char *endpoint) {
    double started = now_seconds();
    unsigned count = crowd->shape.peers + 1;
    for (unsigned i = 0; i < count; i++) {
        const char *role = i < crowd->shape.peers ? "peer" : "asker";
        crowd->sessions[i] = open_session(context, endpoint, crowd->shape.dialect, role, i);
        introduce(&crowd->sessions[i], i < crowd->shape.peers ? window : 0);
        plan_pulse(crowd, i);
    }
    for (unsigned i = 0; i < count; i++) await_welcome(&crowd->sessions[i], &crowd->letter);
    return now_seconds() - started;
}

static double cpu_seconds(pid_t process) {
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &used) != 0)
        fail("Read the broker's CPU time", "no such process");
    return (double)used.tv_sec + (double)used.tv_nsec * 1e-9;
}

static double resident_kibibytes(pid_t process) {
    char path[64];
    long pages = 0;
    snprintf(path, sizeof path, "/proc/%ld/statm", (long)process);
    FILE *file = fopen(path, "r");
    if (file == NULL || fscanf(file, "%*s %ld", &pages) != 1) fail(path, "cannot be read");
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1024;
}

static void print_quiet(struct crowd *crowd, double *micros) {
    uint64_t total = crowd->shape.latency_total;
    double used = cpu_seconds(crowd->shape.broker);
    ask_one_by_one(crowd, total, micros);
    used = cpu_seconds(crowd->shape.broker) - used;
    qsort(micros, total, sizeof *micros, compare_doubles);
    printf("\"p50Micros\":%.1f,\"p99Micros\":%.1f,\"quietCpuMicrosPerMessage\":%.3f,",
           micros[total / 2], micros[total * 99 / 100], used * 1e6 / (2 * (double)total));
}

/* While nothing but its peers asks the broker to work, all its CPU time is theirs. */
static void print_busy(struct crowd *crowd) {
    uint64_t total = crowd->shape.total;
    double used = cpu_seconds(crowd->shape.broker), started = now_seconds();
    ask_all(crowd, total, at_random);
    double seconds = now_seconds() - started;
    used = cpu_seconds(crowd->shape.broker) - used;
    printf("\"messages\":%llu,\"messagesPerSecond\":%.0f,\"cpuMicrosPerMessage\":%.3f,",
           2 * (unsigned long long)total, 2 * (double)total / seconds,
           used * 1e6 / (2 * (double)total));
}

void run_many(void *context, const char *endpoint, struct many_shape shape) {
    if (shape.peers < window) fail("Read the arguments", "PEERS, at least 10");
    raise_limits(context, shape.peers);
    unsigned sessions = shape.peers + 1;
    uint64_t most = shape.total > shape.peers ? shape.total : shape.peers;
    struct crowd crowd = {
        .shape = shape,
        .sessions = require_pointer(calloc(sessions, sizeof(struct session)), "calloc"),
        .is_asked = require_pointer(calloc(sessions, sizeof(bool)), "calloc"),
        .pulse_due = require_pointer(calloc(sessions, sizeof(double)), "calloc"),
        .peer_of = require_pointer(calloc(most, sizeof(unsigned)), "calloc"),
        .body = make_body(shape.body_size),
        .random = 88172645463325252u,
    };
    open_letter(&crowd.letter);
    double *micros = require_pointer(calloc(shape.latency_total, sizeof *micros), "calloc");

    double resident = resident_kibibytes(shape.broker);
    double registering = register_all(&crowd, context, endpoint);
    double grown = resident_kibibytes(shape.broker) - resident;
    printf("{\"mode\":\"many\",\"peers\":%u,\"bodyBytes\":%zu,", shape.peers, shape.body_size);
    printf("\"registerMillis\":%.1f,\"residentKibibytes\":%.0f,\"grownKibibytes\":%.0f,",
           registering * 1e3, resident, grown);
    ask_all(&crowd, shape.peers, in_turn);
    printf("\"answered\":%llu,", (unsigned long long)crowd.answered);
    print_busy(&crowd);
    print_quiet(&crowd, micros);
    printf("\"loadedKibibytes\":%.0f}\n", resident_kibibytes(shape.broker));
    for (unsigned i = 0; i < sessions; i++)
        require(zmq_close(crowd.sessions[i].dealer), "zmq_close");
}
