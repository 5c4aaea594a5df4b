/* echo ENDPOINT: the reference echo broker.
 *
 * [identity][frames…] is answered by [identity]["ACK: " + first frame][rest…], with the empty
 * delimiter of a REQ peer kept in front. */
#include "router.h"

#include <string.h>

static const char acknowledgement[] = "ACK: ";
static const size_t acknowledgement_size = sizeof acknowledgement - 1;

static void send_acknowledged(void *router, zmq_msg_t *payload, bool more) {
    size_t size = zmq_msg_size(payload);
    zmq_msg_t answer;
    require(zmq_msg_init_size(&answer, acknowledgement_size + size), "zmq_msg_init_size");
    char *bytes = zmq_msg_data(&answer);
    memcpy(bytes, acknowledgement, acknowledgement_size);
    memcpy(bytes + acknowledgement_size, zmq_msg_data(payload), size);
    send_frame(router, &answer, more);
}

static void answer_one(void *router, zmq_msg_t *identity, zmq_msg_t *frame) {
    receive(router, identity);
    receive(router, frame);
    if (!send_identity(router, identity)) {
        skip_rest(router, frame, zmq_msg_more(frame));
        return;
    }
    bool is_delimiter = zmq_msg_size(frame) == 0 && zmq_msg_more(frame);
    if (is_delimiter) {
        send_frame(router, frame, true);
        receive(router, frame);
    }
    bool more = zmq_msg_more(frame);
    send_acknowledged(router, frame, more);
    forward_rest(router, frame, more);
}

int main(int argc, char **argv) {
    if (argc != 2) fail("Usage", "echo ENDPOINT");
    void *router = open_router();
    bind_and_announce(router, argv[1]);
    zmq_msg_t identity, frame;
    open_message(&identity);
    open_message(&frame);
    for (;;) answer_one(router, &identity, &frame);
}
