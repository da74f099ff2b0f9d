/* The clients of the benchmarks, and the judge of what comes back: every byte of every echo is compared. Linux only.
 *
 *     load PORT PATH TOKENS stream     CONNECTIONS BYTES WINDOW SECONDS     as fast as it goes, WINDOW messages in flight
 *     load PORT PATH TOKENS paced      CONNECTIONS BYTES RATE SECONDS       RATE messages a second, whatever comes back
 *     load PORT PATH TOKENS handshakes CONNECTIONS BYTES COUNT              open, one echo, close; COUNT times
 *     load PORT PATH TOKENS idle       CONNECTIONS BYTES                    open, one echo, then silence
 *
 * TOKENS is a file with a bearer token on each line, used in turn; "-" for none. The connections go to 127.0.0.1.
 * It says "ready", waits for a line on standard input, works, says one line of results, and ends at the next line.
 * Anything unexpected ends it with an error: a benchmark that lost a byte has no result.
 */

#define _GNU_SOURCE
#include "frames.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { OPENING_AT_ONCE = 32, PATTERN_SIZE = 1 << 20, PATTERN_STEPS = 1 << 19, TIMES_KEPT = 256 };
enum state { UNUSED, CONNECTING, UPGRADING, OPEN, CLOSING };

struct connection {
    enum state state;
    int fd, number, is_blocked;
    size_t in_echo;            /* payload bytes of the current echo that were compared */
    size_t echo_left;          /* and those still to come */
    unsigned long sent, echoed;
    uint64_t *sent_at;         /* ring of TIMES_KEPT, only when paced */
    struct buffer in, out;
};

static const char *path;
static int port, poller, size, window, connection_count, opening, is_working, is_paced, is_churning;
static unsigned long handshakes_left, handshakes_done, total_echoes, settled, latency_count, latency_room;
static uint64_t deadline, *latencies;
static char **tokens;
static size_t token_count, next_token;
static struct connection *connections;
static unsigned char pattern[PATTERN_SIZE], scratch[READ_SIZE];

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static uint64_t next_random(void) {
    static uint64_t x = 88172645463325252ull;
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    return x;
}

/* What message `n` of a connection says: a piece of the pattern, another one for each message. */
static const unsigned char *payload(const struct connection *c, unsigned long n) {
    return pattern + (c->number * 8191ull + n * 131) % PATTERN_STEPS;
}

static void wrong(const struct connection *c, const char *what) {
    fprintf(stderr, "connection %d to port %d: %s (after %lu of %lu echoes)\n", c->number, port, what, c->echoed, c->sent);
    exit(1);
}

static void watch(struct connection *c, int operation, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = c};
    if (epoll_ctl(poller, operation, c->fd, &event) < 0)
        fail("epoll_ctl");
}

static void send_out(struct connection *c) {
    int sent = flush(c->fd, &c->out);
    if (sent < 0)
        wrong(c, "the connection broke while sending");
    if (c->is_blocked != !sent) {
        c->is_blocked = !sent;
        watch(c, EPOLL_CTL_MOD, EPOLLIN | (sent ? 0 : EPOLLOUT));
    }
}

static void add_frame(struct connection *c, int first_byte, const unsigned char *bytes, size_t length) {
    uint64_t mask = next_random();
    unsigned char *out = reserve(&c->out, length + LONGEST_HEADER);
    size_t header = write_header(out, first_byte, length, (unsigned char *)&mask);
    apply_mask(out + header, bytes, length, (unsigned char *)&mask);
    c->out.end += header + length;
}

static void add_message(struct connection *c, uint64_t time) {
    if (c->sent_at)
        c->sent_at[c->sent % TIMES_KEPT] = time;
    add_frame(c, 0x80 | BINARY, payload(c, c->sent++), size);
}

static void fill_window(struct connection *c) {
    if (is_working && !is_paced && now() < deadline)
        while (c->sent - c->echoed < (unsigned)window)
            add_message(c, 0);
    if (c->out.start < c->out.end && !c->is_blocked)
        send_out(c);
}

static void start(struct connection *c) {
    int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (c->fd < 0)
        fail("socket");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(c->fd, (void *)&address, sizeof address) < 0 && errno != EINPROGRESS)
        fail("connect");
    c->state = CONNECTING;
    c->sent = c->echoed = c->is_blocked = 0;
    opening++;
    watch(c, EPOLL_CTL_ADD, EPOLLOUT);
}

static void ask_for_upgrade(struct connection *c) {
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error)
        wrong(c, strerror(error));
    char *out = (char *)reserve(&c->out, strlen(path) + 4096 + 512);
    c->out.end += sprintf(out, "GET %s HTTP/1.1\r\nHost: localhost:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n", path, port);
    if (token_count)
        c->out.end += sprintf((char *)c->out.bytes + c->out.end, "Authorization: Bearer %s\r\n",
                              tokens[next_token++ % token_count]);
    append(&c->out, "\r\n", 2);
    c->state = UPGRADING;
    c->is_blocked = 1;
    send_out(c);
}

static void on_head(struct connection *c) {
    unsigned char *head = c->in.bytes + c->in.start, *end = memmem(head, c->in.end - c->in.start, "\r\n\r\n", 4);
    if (!end)
        return;
    if (memcmp(head, "HTTP/1.1 101 ", 13)) {
        fprintf(stderr, "%.*s\n", (int)(c->in.end - c->in.start), head);
        wrong(c, "the upgrade was refused");
    }
    c->in.start += end + 4 - head;
    c->state = OPEN;
    opening--;
    add_message(c, 0);
    send_out(c);
}

/* The first echo shows that the session works; it is counted in no result. */
static void on_echo(struct connection *c) {
    unsigned long n = c->echoed++;
    if (n == 0) {
        settled++;
        if (is_churning) {
            add_frame(c, 0x80 | CLOSE, (const unsigned char *)"\x03\xe8", 2);
            c->state = CLOSING;
        }
        return;
    }
    total_echoes++;
    if (c->sent_at && latency_count < latency_room)
        latencies[latency_count++] = now() - c->sent_at[n % TIMES_KEPT];
}

/* The rest of an echo whose header was read. Returns how many bytes it took. */
static size_t compare(struct connection *c, const unsigned char *bytes, size_t count) {
    if (count > c->echo_left)
        count = c->echo_left;
    if (memcmp(bytes, payload(c, c->echoed) + c->in_echo, count))
        wrong(c, "an echo differs");
    c->in_echo += count;
    c->echo_left -= count;
    if (!c->echo_left)
        on_echo(c);
    return count;
}

static void on_control_frame(struct connection *c, const struct frame *frame, const unsigned char *bytes) {
    if (frame->opcode == PING)
        add_frame(c, 0x80 | PONG, bytes, frame->length);
    else if (frame->opcode != CLOSE || c->state != CLOSING)
        wrong(c, "an unexpected control frame");
}

/* Takes what it can of what was read; a header or a control frame that is cut is kept for the next time. */
static size_t take_frames(struct connection *c, const unsigned char *bytes, size_t count) {
    struct frame frame;
    size_t taken = 0;
    while (taken < count) {
        if (c->echo_left) {
            taken += compare(c, bytes + taken, count - taken);
            continue;
        }
        if (!read_header(bytes + taken, count - taken, &frame))
            break;
        if (frame.opcode >= CLOSE) {
            if (count - taken < frame.header + frame.length)
                break;
            on_control_frame(c, &frame, bytes + taken + frame.header);
            taken += frame.header + frame.length;
            continue;
        }
        if (bytes[taken] != (0x80 | BINARY) || frame.is_masked || frame.length != (size_t)size || c->echoed == c->sent)
            wrong(c, "not the frame that was due");
        taken += frame.header;
        c->in_echo = 0;
        c->echo_left = size;
    }
    return taken;
}

static void end(struct connection *c) {
    close(c->fd);
    release(&c->in);
    release(&c->out);
    c->state = UNUSED;
    handshakes_done++;
    if (handshakes_left) {
        handshakes_left--;
        start(c);
    }
}

static void on_readable(struct connection *c) {
    ssize_t count = recv(c->fd, scratch, sizeof scratch, 0);
    if (count < 0 && errno == EAGAIN)
        return;
    if (count <= 0) {
        if (c->state == CLOSING)
            end(c);
        else
            wrong(c, "the connection ended");
        return;
    }
    if (c->state == UPGRADING || c->in.start < c->in.end) {
        append(&c->in, scratch, count);
        if (c->state == UPGRADING)
            on_head(c);
        if (c->state != UPGRADING)
            c->in.start += take_frames(c, c->in.bytes + c->in.start, c->in.end - c->in.start);
        if (c->in.start == c->in.end)
            release(&c->in);
    } else {
        size_t taken = take_frames(c, scratch, count);
        if (taken < (size_t)count)
            append(&c->in, scratch + taken, count - taken);
    }
    fill_window(c);
}

static void on_ready(struct connection *c, uint32_t events) {
    if (c->state == CONNECTING)
        ask_for_upgrade(c);
    else if (events & EPOLLOUT)
        send_out(c);
    if (c->state > CONNECTING && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        on_readable(c);
}

static void work_once(int timeout_ms, struct connection *ticker, void (*on_tick)(void)) {
    struct epoll_event events[256];
    int ready = epoll_wait(poller, events, 256, timeout_ms);
    if (ready == 0)
        wrong(connections, "nothing happened for too long");
    for (int i = 0; i < ready; i++) {
        if (events[i].data.ptr == ticker)
            on_tick();
        else
            on_ready(events[i].data.ptr, events[i].events);
    }
}

static void work(void) {
    work_once(10000, NULL, NULL);
}

static void open_all(void) {
    for (int i = 0; i < connection_count; i++) {
        start(&connections[i]);
        while (opening >= OPENING_AT_ONCE)
            work();
    }
    while (settled < (unsigned long)connection_count)
        work();
}

static void wait_for_line(void) {
    char line[16];
    if (!fgets(line, sizeof line, stdin))
        exit(0);
}

static unsigned long in_flight(void) {
    unsigned long count = 0;
    for (int i = 0; i < connection_count; i++)
        count += connections[i].sent - connections[i].echoed;
    return count;
}

static void run_stream(double seconds) {
    uint64_t began = now();
    deadline = began + seconds * 1e9;
    is_working = 1;
    for (int i = 0; i < connection_count; i++)
        fill_window(&connections[i]);
    while (now() < deadline || in_flight())
        work();
    printf("{\"messages\": %lu, \"seconds\": %.6f}\n", 2 * total_echoes, (now() - began) / 1e9);
}

static int ticker, rate;
static uint64_t pace_began;
static unsigned long paced;

static void on_tick(void) {
    uint64_t count, step = 1000000000ull / rate;
    if (read(ticker, &count, sizeof count) != sizeof count)
        return;
    for (; pace_began + paced * step <= now() && pace_began + paced * step < deadline; paced++) {
        struct connection *c = &connections[paced % connection_count];
        if (c->sent - c->echoed >= TIMES_KEPT)
            wrong(c, "the echoes do not keep up");
        add_message(c, pace_began + paced * step);
        send_out(c);
    }
}

static int by_size(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void run_paced(double seconds) {
    struct itimerspec every = {.it_interval.tv_nsec = 1000000000 / rate, .it_value.tv_nsec = 1};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &ticker};
    ticker = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    timerfd_settime(ticker, 0, &every, NULL);
    latency_room = rate * seconds + 1;
    latencies = calloc(latency_room, sizeof *latencies);
    pace_began = now();
    deadline = pace_began + seconds * 1e9;
    epoll_ctl(poller, EPOLL_CTL_ADD, ticker, &event);
    while (now() < deadline || in_flight())
        work_once(10000, (void *)&ticker, on_tick);
    qsort(latencies, latency_count, sizeof *latencies, by_size);
    printf("{\"messages\": %lu, \"p50_us\": %.1f, \"p99_us\": %.1f}\n", 2 * total_echoes,
           latencies[latency_count / 2] / 1e3, latencies[latency_count * 99 / 100] / 1e3);
}

static void run_handshakes(unsigned long count) {
    uint64_t began = now();
    handshakes_left = count;
    for (int i = 0; i < connection_count && handshakes_left; i++) {
        handshakes_left--;
        start(&connections[i]);
    }
    while (handshakes_done < count)
        work();
    printf("{\"handshakes\": %lu, \"seconds\": %.6f}\n", handshakes_done, (now() - began) / 1e9);
}

static void read_tokens(const char *name) {
    char line[4096];
    FILE *file = strcmp(name, "-") ? fopen(name, "r") : NULL;
    if (!file && strcmp(name, "-"))
        fail(name);
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        tokens = realloc(tokens, (token_count + 1) * sizeof *tokens);
        tokens[token_count++] = strdup(line);
    }
}

int main(int count, char **arguments) {
    if (count < 7)
        return fprintf(stderr, "usage: see the head of load.c\n"), 2;
    const char *scenario = arguments[4];
    port = atoi(arguments[1]);
    path = arguments[2];
    read_tokens(arguments[3]);
    connection_count = atoi(arguments[5]);
    size = atoi(arguments[6]);
    is_churning = !strcmp(scenario, "handshakes");
    is_paced = !strcmp(scenario, "paced");
    if (is_paced)
        rate = atoi(arguments[7]);
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = next_random() >> 32;
    connections = calloc(connection_count, sizeof *connections);
    for (int i = 0; i < connection_count; i++) {
        connections[i].number = i;
        if (is_paced)
            connections[i].sent_at = calloc(TIMES_KEPT, sizeof(uint64_t));
    }
    poller = epoll_create1(0);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!is_churning)
        open_all();
    puts("ready");
    wait_for_line();
    if (!strcmp(scenario, "stream")) {
        window = atoi(arguments[7]);
        run_stream(atof(arguments[8]));
    } else if (is_paced)
        run_paced(atof(arguments[8]));
    else if (is_churning)
        run_handshakes(atol(arguments[7]));
    else
        puts("{}");
    wait_for_line();
}
