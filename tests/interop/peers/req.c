/* req ENDPOINT NAME TEXT...: asks with a REQ socket, one TEXT after the other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

static int require(int result, const char *operation) {
    if (result == -1) {
        fprintf(stderr, "%s: %s\n", operation, zmq_strerror(zmq_errno()));
        exit(1);
    }
    return result;
}

static void print_reply(void *req) {
    const char *before = "Received reply: ";
    int more = 1;
    while (more) {
        zmq_msg_t frame;
        require(zmq_msg_init(&frame), "zmq_msg_init");
        require(zmq_msg_recv(&frame, req, 0), "zmq_msg_recv");
        printf("%s%.*s", before, (int)zmq_msg_size(&frame), (const char *)zmq_msg_data(&frame));
        before = " | ";
        more = zmq_msg_more(&frame);
        require(zmq_msg_close(&frame), "zmq_msg_close");
    }
    printf("\n");
    fflush(stdout);
}

int main(int count, char **words) {
    if (count < 3) {
        fprintf(stderr, "usage: req ENDPOINT NAME TEXT...\n");
        return 64;
    }
    void *context = zmq_ctx_new();
    void *req = zmq_socket(context, ZMQ_REQ);
    int linger = 0;
    require(zmq_setsockopt(req, ZMQ_LINGER, &linger, sizeof linger), "zmq_setsockopt");
    require(zmq_setsockopt(req, ZMQ_ROUTING_ID, words[2], strlen(words[2])), "zmq_setsockopt");
    require(zmq_connect(req, words[1]), words[1]);
    for (int i = 3; i < count; i++) {
        require(zmq_send(req, words[i], strlen(words[i]), 0), "zmq_send");
        print_reply(req);
    }
    require(zmq_close(req), "zmq_close");
    require(zmq_ctx_term(context), "zmq_ctx_term");
    return 0;
}
