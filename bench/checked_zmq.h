/* What the C programs of the bench share. A figure measured over ignored errors is no figure, so
 * every return code is read here. */
#ifndef CHECKED_ZMQ_H
#define CHECKED_ZMQ_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <zmq.h>

static inline _Noreturn void fail(const char *action, const char *reason) {
    fprintf(stderr, "%s: %s\n", action, reason);
    exit(1);
}

static inline int require(int result, const char *operation) {
    if (result == -1) fail(operation, zmq_strerror(zmq_errno()));
    return result;
}

static inline void *require_pointer(void *pointer, const char *operation) {
    if (pointer == NULL) fail(operation, zmq_strerror(zmq_errno()));
    return pointer;
}

static inline void set_integer_option(void *socket, int option, int value) {
    require(zmq_setsockopt(socket, option, &value, sizeof value), "zmq_setsockopt");
}

#endif
