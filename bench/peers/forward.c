/* forward ENDPOINT: the reference forwarding broker.
 *
 * [from][16-byte header][to][body…] goes out as [to][header][from][body…]. Every frame moves from
 * receive to send in its own zmq_msg_t, so no body is ever copied. */
#include "router.h"

#include <string.h>

enum { header_size = 16 };
static const char header_start[] = {'C', 'S', 1};

static bool is_header(zmq_msg_t *frame) {
    return zmq_msg_size(frame) == header_size &&
           memcmp(zmq_msg_data(frame), header_start, sizeof header_start) == 0;
}

static void forward_one(void *router, zmq_msg_t *from, zmq_msg_t *header, zmq_msg_t *to) {
    receive(router, from);
    receive(router, header);
    bool has_recipient = zmq_msg_more(header);
    if (!is_header(header) || !has_recipient) {
        skip_rest(router, header, has_recipient);
        return;
    }
    receive(router, to);
    bool has_body = zmq_msg_more(to);
    if (!send_identity(router, to)) {
        skip_rest(router, to, has_body);
        return;
    }
    send_frame(router, header, true);
    send_frame(router, from, has_body);
    forward_rest(router, header, has_body);
}

int main(int argc, char **argv) {
    if (argc != 2) fail("Usage", "forward ENDPOINT");
    void *router = open_router();
    set_integer_option(router, ZMQ_RCVHWM, 0);
    set_integer_option(router, ZMQ_SNDHWM, 0);
    bind_and_announce(router, argv[1]);
    zmq_msg_t from, header, to;
    open_message(&from);
    open_message(&header);
    open_message(&to);
    for (;;) forward_one(router, &from, &header, &to);
}
