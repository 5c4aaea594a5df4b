/* load: one load generator for every broker of the bench, so that all are asked the same.
 *
 *   load echo     ENDPOINT PEERS WINDOW TOTAL SIZE
 *       PEERS dealers, each with WINDOW messages in flight
 *   load forward  ENDPOINT CLIENTS WORKERS WINDOW TOTAL SIZE
 *       client → broker → worker → broker → client, TOTAL times
 *   load latency  ENDPOINT TOTAL SIZE
 *       one dealer, one message in flight
 *   load version
 *       of libzmq
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
    } else if (strcmp(mode, "forward") == 0 && argc == 8) {
        run_forward(context, argv[2], (struct forward_shape){
            .clients = read_small(argv[3], "CLIENTS"),
            .workers = read_small(argv[4], "WORKERS"),
            .window = read_small(argv[5], "WINDOW"),
            .total = read_count(argv[6], 1, "TOTAL"),
            .body_size = read_count(argv[7], stamp_size, "SIZE"),
        });
    } else if (strcmp(mode, "latency") == 0 && argc == 5) {
        uint64_t total = read_count(argv[3], 1, "TOTAL");
        run_latency(context, argv[2], total, read_count(argv[4], stamp_size, "SIZE"));
    } else {
        fail("Usage", "load echo | forward | latency | version (arguments: top of load.c)");
    }
    require(zmq_ctx_term(context), "zmq_ctx_term");
    return 0;
}
