// Small UDP datagrams, as fast as they go and there and back. Called by scripts/bench nodes, which says on which processor.
//
//   datagrams echo ADDRESS PORT                    sends back what arrives
//   datagrams round-trips ADDRESS PORT COUNT       prints median and 99th percentile in ns
//   datagrams sink ADDRESS PORT SECONDS            from the first datagram on: prints how many arrive in a second
//   datagrams flood ADDRESS PORT SECONDS           sends
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PAYLOAD = 64, BATCH = 32 };

static long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;
    return (x > y) - (x < y);
}

static int open_socket(const char *address, const char *port, int listens)
{
    struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST }, *to;
    int code = getaddrinfo(address, port, &hints, &to);
    if (code)
        errx(1, "%s: %s", address, gai_strerror(code));
    int fd = socket(to->ai_family, SOCK_DGRAM, 0), size = 8 << 20;
    struct timeval patience = { .tv_sec = 5 };
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    if (fd < 0 || (listens ? bind(fd, to->ai_addr, to->ai_addrlen) : connect(fd, to->ai_addr, to->ai_addrlen)))
        err(1, "%s port %s", address, port);
    if (!listens)
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    freeaddrinfo(to);
    return fd;
}

static void echo(int fd)
{
    char data[2048];
    struct sockaddr_storage from;
    for (;;) {
        socklen_t length = sizeof from;
        ssize_t n = recvfrom(fd, data, sizeof data, 0, (struct sockaddr *)&from, &length);
        if (n < 0 || sendto(fd, data, n, 0, (struct sockaddr *)&from, length) < 0)
            err(1, "echo");
    }
}

static void round_trips(int fd, long count)
{
    char data[PAYLOAD] = { 0 };
    long *times = calloc(count, sizeof *times);
    for (long i = -count / 10; i < count; i++) {    // a tenth to warm up
        long start = now();
        if (send(fd, data, sizeof data, 0) < 0 || recv(fd, data, sizeof data, 0) < 0)
            err(1, "round trip %ld", i);
        if (i >= 0)
            times[i] = now() - start;
    }
    qsort(times, count, sizeof *times, by_size);
    printf("%ld %ld\n", times[count / 2], times[count * 99 / 100]);
}

static void prepare(struct mmsghdr *messages, struct iovec *parts, char (*data)[PAYLOAD])
{
    for (int i = 0; i < BATCH; i++) {
        parts[i] = (struct iovec) { data[i], PAYLOAD };
        messages[i] = (struct mmsghdr) { .msg_hdr = { .msg_iov = &parts[i], .msg_iovlen = 1 } };
    }
}

int main(int argc, char **argv)
{
    if (argc < 4)
        errx(2, "usage: datagrams echo|round-trips|sink|flood ADDRESS PORT [COUNT|SECONDS]");
    int listens = !strcmp(argv[1], "echo") || !strcmp(argv[1], "sink");
    int fd = open_socket(argv[2], argv[3], listens);
    long amount = argc > 4 ? atol(argv[4]) : 0;
    static char data[BATCH][PAYLOAD];
    struct mmsghdr messages[BATCH];
    struct iovec parts[BATCH];
    prepare(messages, parts, data);
    if (!strcmp(argv[1], "echo"))
        echo(fd);
    else if (!strcmp(argv[1], "round-trips"))
        round_trips(fd, amount);
    else if (!strcmp(argv[1], "flood")) {
        for (long end = now() + amount * 1000000000L; now() < end;)
            sendmmsg(fd, messages, BATCH, 0);      // refused or full: the next one
    } else {
        long count = 0, start = 0, end = 0;
        do {
            int n = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
            if (n < 0)
                err(1, "sink");
            if (!start)
                end = (start = now()) + amount * 1000000000L;
            count += n;
        } while (now() < end);
        printf("%.0f\n", count / ((now() - start) / 1e9));
    }
    return 0;
}
