/* worker ENDPOINT NAME: answers each request with its body in capitals; to `exit N` with status N.
   Prints and confirms what is sent to it. To `leave` it says goodbye and ends. */
#include <ctype.h>
#include "session.h"

static void reply(struct message *message) {
    int status = 0;
    char word[16] = "";
    int last = message->count - 1;
    if (last == 1 && size_of(message, 1) < (int)sizeof word) {
        memcpy(word, bytes_of(message, 1), zmq_msg_size(&message->frames[1]));
        sscanf(word, "exit %d", &status);
    }
    say(REPLY, 0, status, message->id, 1);
    say_frame(bytes_of(message, 0), zmq_msg_size(&message->frames[0]), last > 0);
    for (int i = 1; i <= last; i++) {
        unsigned char *bytes = zmq_msg_data(&message->frames[i]);
        int size = size_of(message, i);
        for (int b = 0; b < size; b++) bytes[b] = (unsigned char)toupper(bytes[b]);
        say_frame(bytes, (size_t)size, i < last);
    }
}

static void print(struct message *message) {
    for (int i = 1; i < message->count; i++) {
        printf("%s%.*s", i > 1 ? " " : "", size_of(message, i), bytes_of(message, i));
    }
    printf("\n");
    fflush(stdout);
}

int main(int count, char **words) {
    static struct message message;
    if (count != 3) {
        fprintf(stderr, "usage: worker ENDPOINT NAME\n");
        return 64;
    }
    connect_as(words[1], words[2]);
    say_hello("worker");
    int is_leaving = 0;
    while (!is_leaving && hear(&message)) {
        if (message.verb == REQUEST) {
            reply(&message);
        } else if (message.verb == SEND) {
            print(&message);
            is_leaving = message.count == 2 && size_of(&message, 1) == 5 &&
                memcmp(bytes_of(&message, 1), "leave", 5) == 0;
            if (message.flags & RECEIPT) {
                say(ACK, 0, 0, message.id, 1);
                say_frame(bytes_of(&message, 0), zmq_msg_size(&message.frames[0]), 0);
            }
        } else if (message.verb == ERROR && is_code(&message, "unknown-peer")) {
            say_hello("worker");
        } else if (message.verb == ERROR && !is_code(&message, "not-waiting")) {
            fprintf(stderr, "%.*s\n", size_of(&message, 0), bytes_of(&message, 0));
            return 73;
        }
        close_message(&message);
    }
    leave();
    return is_leaving ? 0 : 69;
}
