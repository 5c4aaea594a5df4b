/* stopwatch IN OUT COMMAND [ARGUMENT]...: runs COMMAND once, its stdin from the file IN, its stdout to the file OUT,
 * and prints how many microseconds that took, from before it was started until it had ended, and its exit status. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double now_micros(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

int main(int argc, char **argv) {
    if (argc < 4) {
        fprintf(stderr, "usage: stopwatch IN OUT COMMAND [ARGUMENT]...\n");
        return 64;
    }
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, argv[1], O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0600);

    pid_t pid;
    int how;
    double start = now_micros();
    int failure = posix_spawnp(&pid, argv[3], &files, NULL, argv + 3, environ);
    if (failure != 0 || waitpid(pid, &how, 0) != pid) {
        fprintf(stderr, "cannot run %s: %s\n", argv[3], strerror(failure));
        return 1;
    }
    double micros = now_micros() - start;
    printf("%.0f %d\n", micros, WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how));
    return 0;
}
