/* The ceiling and the ruler of the chat bench: the same broadcast server written for epoll(7) in C, and the load.
 *
 *     chat_peer serve                          says its port on stdout and serves until it is killed
 *     chat_peer load PORT CLIENTS IN_FLIGHT S  says on stdout how many lines were delivered per second in S seconds
 *
 * The server collects what all clients say in one turn of its loop, and writes it to each of them with one send(2);
 * who spoke in the turn gets it without his own lines. Output that does not fit is kept, up to a bound, and the socket
 * is watched for room meanwhile. That is the algorithm of toys/chat, without its names, notices and cleaning.
 *
 * The load keeps IN_FLIGHT lines under way: it lets so many clients speak at once, waits until every other client has
 * got every line, counts, and begins again. It ends with an error if a line is lost or comes twice.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_CLIENTS = 65536, MOST_EVENTS = 1024, CHUNK = 1 << 16, LONGEST = 1024, QUEUE_BYTES = 1 << 20 };
enum { ROUNDS_BETWEEN_LOOKS = 4, LOST_MS = 10000 };

struct client {
    int fd, place, number;
    char half[LONGEST]; /* of a line whose end has not come */
    size_t half_size;
    char *waiting; /* what there was no room for */
    size_t waiting_size;
    size_t *own; /* begin and end in the turn of what it said itself */
    size_t own_count, own_room;
};

static struct client *clients[MOST_CLIENTS]; /* all that are there, without gaps */
static struct client *by_fd[MOST_CLIENTS];
static int client_count, next_number = 5, poller;
static char *turn;
static size_t turn_size, turn_room;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void allow_many_descriptors(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void watch(int fd, unsigned interest, int operation)
{
    struct epoll_event event = {.events = interest, .data.fd = fd};
    if (epoll_ctl(poller, operation, fd, &event))
        die("epoll_ctl");
}

static void leave(struct client *client)
{
    struct client *last = clients[--client_count];
    clients[client->place] = last;
    last->place = client->place;
    by_fd[client->fd] = NULL;
    watch(client->fd, 0, EPOLL_CTL_DEL);
    close(client->fd);
    free(client->waiting);
    free(client->own);
    free(client);
}

static void keep(struct client *client, const char *data, size_t size)
{
    if (client->waiting_size + size > QUEUE_BYTES) {
        leave(client);
        return;
    }
    client->waiting = realloc(client->waiting, client->waiting_size + size);
    memcpy(client->waiting + client->waiting_size, data, size);
    if (!client->waiting_size)
        watch(client->fd, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
    client->waiting_size += size;
}

static void give(struct client *client, const char *data, size_t size)
{
    ssize_t taken = 0;
    if (!size)
        return;
    if (!client->waiting_size) {
        taken = send(client->fd, data, size, MSG_NOSIGNAL);
        if (taken < 0 && errno != EAGAIN) {
            leave(client);
            return;
        }
        if (taken < 0)
            taken = 0;
    }
    if ((size_t)taken < size)
        keep(client, data + taken, size - taken);
}

static void flush(struct client *client)
{
    ssize_t taken = send(client->fd, client->waiting, client->waiting_size, MSG_NOSIGNAL);
    if (taken < 0)
        return;
    client->waiting_size -= taken;
    memmove(client->waiting, client->waiting + taken, client->waiting_size);
    if (!client->waiting_size)
        watch(client->fd, EPOLLIN, EPOLL_CTL_MOD);
}

static void say(struct client *client, const char *line, size_t size)
{
    if (turn_size + size + 32 > turn_room)
        turn = realloc(turn, turn_room = 2 * (turn_size + size + 32));
    if (client->own_count + 2 > client->own_room)
        client->own = realloc(client->own, (client->own_room = 2 * client->own_room + 8) * sizeof *client->own);
    client->own[client->own_count++] = turn_size;
    turn_size += sprintf(turn + turn_size, "[Client %d] ", client->number);
    memcpy(turn + turn_size, line, size);
    turn_size += size;
    turn[turn_size++] = '\n';
    client->own[client->own_count++] = turn_size;
}

static void hear(struct client *client)
{
    static char data[LONGEST + CHUNK];
    memcpy(data, client->half, client->half_size);
    ssize_t got = recv(client->fd, data + client->half_size, CHUNK, 0);
    if (got <= 0) {
        if (!got || errno != EAGAIN)
            leave(client);
        return;
    }
    char *line = data, *end = data + client->half_size + got, *newline;
    while ((newline = memchr(line, '\n', end - line))) {
        say(client, line, newline - line);
        line = newline + 1;
    }
    client->half_size = end - line < LONGEST ? end - line : LONGEST;
    memcpy(client->half, line, client->half_size);
}

static void give_without_own(struct client *client)
{
    static char *rest;
    static size_t rest_room;
    if (rest_room < turn_size)
        rest = realloc(rest, rest_room = turn_size);
    size_t size = 0, from = 0;
    for (size_t pair = 0; pair < client->own_count; pair += 2) {
        memcpy(rest + size, turn + from, client->own[pair] - from);
        size += client->own[pair] - from;
        from = client->own[pair + 1];
    }
    memcpy(rest + size, turn + from, turn_size - from);
    size += turn_size - from;
    client->own_count = 0;
    give(client, rest, size);
}

static void broadcast(void)
{
    for (int place = client_count - 1; turn_size && place >= 0; place--) {
        struct client *client = clients[place];
        if (client->own_count)
            give_without_own(client);
        else
            give(client, turn, turn_size);
    }
    turn_size = 0;
}

static void let_in(int listener)
{
    int fd, one = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct client *client = calloc(1, sizeof *client);
        client->fd = fd;
        client->number = next_number++;
        client->place = client_count;
        clients[client_count++] = by_fd[fd] = client;
        watch(fd, EPOLLIN, EPOLL_CTL_ADD);
    }
}

static void serve(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    struct epoll_event events[MOST_EVENTS];
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 1024))
        die("listen");
    getsockname(listener, (struct sockaddr *)&address, &size);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    watch(listener, EPOLLIN, EPOLL_CTL_ADD);
    for (;;) {
        int count = epoll_wait(poller, events, MOST_EVENTS, -1);
        for (int place = 0; place < count; place++) {
            int fd = events[place].data.fd;
            if (fd == listener)
                let_in(listener);
            else {
                if (events[place].events & EPOLLOUT && by_fd[fd])
                    flush(by_fd[fd]);
                if (events[place].events & ~EPOLLOUT && by_fd[fd])
                    hear(by_fd[fd]);
            }
        }
        broadcast();
    }
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

/* How many lines began to come within one wait, each as `[Client 5] ...`; -1 if nothing came in time. */
static long receive(int patience_ms)
{
    static char data[CHUNK];
    struct epoll_event events[MOST_EVENTS];
    int count = epoll_wait(poller, events, MOST_EVENTS, patience_ms);
    long lines = 0;
    for (int place = 0; place < count; place++) {
        ssize_t got = recv(events[place].data.fd, data, sizeof data, 0);
        if (got <= 0)
            die("a client was dropped");
        for (char *at = data; (at = memchr(at, '[', data + got - at)); at++)
            lines++;
    }
    return count ? lines : -1;
}

/* So many clients speak at once, beginning with the given one, and all others have heard all of them. */
static long exchange(const int *fds, int many, int first, int in_flight)
{
    static const char line[] = "the quick brown fox jumps over\n";
    long delivered = (long)in_flight * (many - 1), due = delivered;
    for (int place = 0; place < in_flight; place++)
        if (send(fds[(first + place) % many], line, sizeof line - 1, MSG_NOSIGNAL) < 0)
            die("send");
    while (due > 0) {
        long lines = receive(LOST_MS);
        if (lines < 0)
            break;
        due -= lines;
    }
    if (due) {
        fprintf(stderr, "%ld lines were %s\n", labs(due), due > 0 ? "lost" : "too many");
        exit(1);
    }
    return delivered;
}

static void load(int port, int many, int in_flight, double seconds)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int *fds = calloc(many, sizeof *fds);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int place = 0; place < many; place++) {
        fds[place] = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(fds[place], (struct sockaddr *)&address, sizeof address))
            die("connect");
        watch(fds[place], EPOLLIN, EPOLL_CTL_ADD);
        while (receive(0) >= 0)
            ;
    }
    /* Who connected last is accepted last: once it is heard, all are there. */
    exchange(fds, many, many - 1, 1);
    long delivered = 0;
    int first = 0;
    double begun = now_s(), took;
    do {
        for (int round = 0; round < ROUNDS_BETWEEN_LOOKS; round++, first = (first + in_flight) % many)
            delivered += exchange(fds, many, first, in_flight);
        took = now_s() - begun;
    } while (took < seconds);
    printf("%.0f\n", delivered / took);
}

int main(int count, char **words)
{
    allow_many_descriptors();
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (count == 2 && !strcmp(words[1], "serve"))
        serve();
    if (count != 6 || strcmp(words[1], "load"))
        return 2;
    load(atoi(words[2]), atoi(words[3]), atoi(words[4]), atof(words[5]));
    return 0;
}
