/* client ENDPOINT PEER TEXT [LIMIT_MS]: asks, prints the answer, and ends with its status. */
#include "session.h"

static void ask(const char *peer, const char *text, const char *limit) {
    say(REQUEST, limit == NULL ? 0 : LIMIT, 0, UINT64_MAX, 1);
    say_frame(peer, strlen(peer), 1);
    if (limit != NULL) {
        uint8_t frame[4];
        put(frame, sizeof frame, strtoull(limit, NULL, 10));
        say_frame(frame, sizeof frame, 1);
    }
    say_frame(text, strlen(text), 0);
}

static int status_of(struct message *message) {
    if (is_code(message, "timeout") || is_code(message, "expired")) return 124;
    return is_code(message, "busy") ? 75 : 69;
}

int main(int count, char **words) {
    static struct message message;
    char name[32];
    if (count < 4) {
        fprintf(stderr, "usage: client ENDPOINT PEER TEXT [LIMIT_MS]\n");
        return 64;
    }
    snprintf(name, sizeof name, "client-%d", getpid());
    connect_as(words[1], name);
    say_hello("client");
    int has_asked = 0;
    int status = 0;
    int is_last = 0;
    while (!is_last && hear(&message)) {
        int is_unknown = message.verb == ERROR && is_code(&message, "unknown-peer") && !has_asked;
        int is_answer = message.verb == REPLY || message.verb == ACK || message.verb == ERROR;
        if (is_unknown) {
            say_hello("client");
        } else if (message.verb == WELCOME && !has_asked) {
            ask(words[2], words[3], count > 4 ? words[4] : NULL);
            has_asked = 1;
        } else if (message.verb == REPLY) {
            for (int i = 1; i < message.count; i++) {
                fwrite(bytes_of(&message, i), 1, zmq_msg_size(&message.frames[i]), stdout);
            }
            printf("\n");
            if (message.status > status) status = message.status;
        } else if (message.verb == ERROR) {
            fprintf(stderr, "%.*s: %.*s\n", size_of(&message, 0), bytes_of(&message, 0),
                size_of(&message, 1), bytes_of(&message, 1));
            status = status_of(&message);
        }
        is_last = is_answer && !is_unknown && (message.flags & MORE) == 0;
        close_message(&message);
    }
    leave();
    if (!is_last) return 69;
    return status > 255 ? 255 : status;
}
