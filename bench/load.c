/* load: one load generator for every broker of the bench, so that all are asked the same.
 *
 *   load echo     ENDPOINT PEERS WINDOW TOTAL SIZE
 *       PEERS dealers, each with WINDOW messages in flight
 *   load forward  ENDPOINT DIALECT CLIENTS WORKERS WINDOW TOTAL SIZE
 *       client → broker → worker → broker → client, TOTAL times
 *   load many     ENDPOINT DIALECT PEERS TOTAL LATENCY_TOTAL SIZE BROKER_PID
 *       PEERS named peers: each is asked once, then TOTAL times one of them, then one by one
 *   load latency  ENDPOINT TOTAL SIZE
 *       one dealer, one message in flight
 *   load version
 *       of libzmq
 *
 * DIALECT is `callsign` for a broker of callsign/1, and `swap` for a bare loop that swaps identities.
 *
 * A load prints one JSON object. Everything received is checked; a wrong answer is a failure, and
 * so is none for ten seconds. */
#include "load_peer.h"

static uint64_t read_count(const char *text, uint64_t minimum, const char *name) {
    char *end;
    unsigned long long count = strtoull(text, &end, 10);
    bool is_number = end != text && *end == '\0';
    if (!is_number || count < minimum || count > 1000000000) fail("Read the arguments", name);
    return count;
}

static unsigned read_small(const char *text, const char *name) {
    return (unsigned)read_count(text, 1, name);
}

static enum dialect read_dialect(const char *text) {
    if (strcmp(text, "callsign") == 0) return dialect_callsign;
    if (strcmp(text, "swap") != 0) fail("Read the arguments", "DIALECT");
    return dialect_swap;
}

static int print_version(void) {
    int major, minor, patch;
    zmq_version(&major, &minor, &patch);
    printf("%d.%d.%d\n", major, minor, patch);
    return 0;
}

int main(int argc, char **argv) {
    const char *mode = argc > 1 ? argv[1] : "";
    if (strcmp(mode, "version") == 0) return print_version();
    void *context = require_pointer(zmq_ctx_new(), "zmq_ctx_new");
    if (strcmp(mode, "echo") == 0 && argc == 7) {
        run_echo(context, argv[2], (struct echo_shape){
            .peers = read_small(argv[3], "PEERS"),
            .window = read_small(argv[4], "WINDOW"),
            .total = read_count(argv[5], 1, "TOTAL"),
            .body_size = read_count(argv[6], stamp_size, "SIZE"),
        });
    } else if (strcmp(mode, "forward") == 0 && argc == 9) {
        run_forward(context, argv[2], (struct forward_shape){
            .dialect = read_dialect(argv[3]),
            .clients = read_small(argv[4], "CLIENTS"),
            .workers = read_small(argv[5], "WORKERS"),
            .window = read_small(argv[6], "WINDOW"),
            .total = read_count(argv[7], 1, "TOTAL"),
            .body_size = read_count(argv[8], stamp_size, "SIZE"),
        });
    } else if (strcmp(mode, "many") == 0 && argc == 9) {
        run_many(context, argv[2], (struct many_shape){
            .dialect = read_dialect(argv[3]),
            .peers = read_small(argv[4], "PEERS"),
            .total = read_count(argv[5], 1, "TOTAL"),
            .latency_total = read_count(argv[6], 1, "LATENCY_TOTAL"),
            .body_size = read_count(argv[7], stamp_size, "SIZE"),
            .broker = (pid_t)read_small(argv[8], "BROKER_PID"),
        });
    } else if (strcmp(mode, "latency") == 0 && argc == 5) {
        uint64_t total = read_count(argv[3], 1, "TOTAL");
        run_latency(context, argv[2], total, read_count(argv[4], stamp_size, "SIZE"));
    } else {
        fail("Usage", "load echo | forward | many | latency | version (arguments: top of load.c)");
    }
    require(zmq_ctx_term(context), "zmq_ctx_term");
    return 0;
}
