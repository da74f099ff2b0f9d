/* The backend of the benchmarks: a WebSocket echo, quick enough not to be what is measured. Linux only.
 *
 *     echo PORT
 *
 * Listens on 127.0.0.1. All whole frames of one read are answered with one write. It trusts its peer to speak
 * RFC 6455 and ends the connection when it does not. SIGTERM ends it.
 */

#define _GNU_SOURCE
#include "frames.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

struct connection {
    int fd, is_open, is_closing;
    struct buffer in, out;
};

static int poller;
static unsigned char scratch[READ_SIZE];

/* SHA-1 (RFC 3174) of less than 120 bytes: two blocks are enough for key and GUID. */
static void sha1(const char *text, size_t size, unsigned char digest[20]) {
    uint32_t h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}, w[80];
    unsigned char blocks[128] = {0};
    size_t count = size < 56 ? 1 : 2;
    memcpy(blocks, text, size);
    blocks[size] = 0x80;
    blocks[count * 64 - 2] = size >> 5;
    blocks[count * 64 - 1] = size << 3;
    for (size_t block = 0; block < count; block++) {
        for (int i = 0; i < 16; i++) {
            const unsigned char *p = blocks + block * 64 + i * 4;
            w[i] = (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
        }
        for (int i = 16; i < 80; i++) {
            uint32_t x = w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16];
            w[i] = x << 1 | x >> 31;
        }
        uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
        for (int i = 0; i < 80; i++) {
            uint32_t f = i < 20 ? ((b & c) | (~b & d)) + 0x5a827999 : i < 40 ? (b ^ c ^ d) + 0x6ed9eba1
                       : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc : (b ^ c ^ d) + 0xca62c1d6;
            uint32_t next = (a << 5 | a >> 27) + f + e + w[i];
            e = d, d = c, c = b << 30 | b >> 2, b = a, a = next;
        }
        h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
    }
    for (int i = 0; i < 20; i++)
        digest[i] = h[i / 4] >> (24 - 8 * (i % 4));
}

static void base64(const unsigned char digest[20], char out[29]) {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0, o = 0; i < 21; i += 3, o += 4) {
        uint32_t bits = digest[i] << 16 | digest[i + 1] << 8 | (i + 2 < 20 ? digest[i + 2] : 0);
        for (int j = 0; j < 4; j++)
            out[o + j] = alphabet[bits >> (18 - 6 * j) & 63];
    }
    memcpy(out + 27, "=", 2);
}

/* 1: upgraded, 0: the head is not whole yet, -1: it is no upgrade. */
static int upgrade(struct connection *c) {
    append(&c->in, "", 1);
    char *head = (char *)c->in.bytes + c->in.start;
    char *end = strstr(head, "\r\n\r\n"), *key = strcasestr(head, "\r\nSec-WebSocket-Key:");
    c->in.end--;
    if (!end)
        return 0;
    char text[64], accept[29];
    unsigned char digest[20];
    if (!key || sscanf(key + 20, " %24[A-Za-z0-9+/=]", text) != 1)
        return -1;
    strcat(text, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    sha1(text, strlen(text), digest);
    base64(digest, accept);
    char *answer = (char *)reserve(&c->out, 256);
    c->out.end += sprintf(answer, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                  "Sec-WebSocket-Accept: %s\r\n\r\n", accept);
    c->in.start += end + 4 - head;
    return c->is_open = 1;
}

static void answer(struct connection *c, const struct frame *frame, const unsigned char *payload) {
    int opcode = frame->opcode == PING ? PONG : frame->opcode;
    unsigned char *out = reserve(&c->out, frame->length + LONGEST_HEADER);
    size_t header = write_header(out, 0x80 | opcode, frame->length, NULL);
    apply_mask(out + header, payload, frame->length, frame->mask);
    c->out.end += header + frame->length;
    c->is_closing |= opcode == CLOSE;
}

static void answer_all(struct connection *c) {
    struct frame frame;
    while (!c->is_closing && read_header(c->in.bytes + c->in.start, c->in.end - c->in.start, &frame)) {
        if (c->in.end - c->in.start < frame.header + frame.length)
            break;
        if (frame.opcode != PONG)
            answer(c, &frame, c->in.bytes + c->in.start + frame.header);
        c->in.start += frame.header + frame.length;
    }
    if (c->in.start == c->in.end)
        release(&c->in);
}

static void watch(struct connection *c, int operation, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = c};
    if (epoll_ctl(poller, operation, c->fd, &event) < 0)
        fail("epoll_ctl");
}

static void end(struct connection *c) {
    close(c->fd);
    release(&c->in);
    release(&c->out);
    free(c);
}

static void on_ready(struct connection *c, uint32_t events) {
    int was_full = c->out.start < c->out.end;
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        ssize_t size = recv(c->fd, scratch, sizeof scratch, 0);
        if (size == 0 || (size < 0 && errno != EAGAIN)) {
            end(c);
            return;
        }
        if (size > 0)
            append(&c->in, scratch, size);
        if (!c->is_open && upgrade(c) < 0) {
            end(c);
            return;
        }
        if (c->is_open)
            answer_all(c);
    }
    int sent = flush(c->fd, &c->out);
    if (sent < 0 || (sent && c->is_closing))
        end(c);
    else if (was_full != !sent)
        watch(c, EPOLL_CTL_MOD, EPOLLIN | (sent ? 0 : EPOLLOUT));
}

static void on_connection(int listener) {
    int fd, on = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct connection *c = calloc(1, sizeof *c);
        c->fd = fd;
        watch(c, EPOLL_CTL_ADD, EPOLLIN);
    }
}

int main(int count, char **arguments) {
    if (count != 2)
        return fprintf(stderr, "usage: echo PORT\n"), 2;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (void *)&address, sizeof address) < 0 || listen(listener, 4096) < 0)
        fail("listen");
    poller = epoll_create1(0);
    struct epoll_event events[256], accepting = {.events = EPOLLIN};
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &accepting);
    for (;;) {
        int ready = epoll_wait(poller, events, 256, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr)
                on_ready(events[i].data.ptr, events[i].events);
            else
                on_connection(listener);
        }
    }
}
