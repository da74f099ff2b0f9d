/* What load.c and echo.c share: WebSocket frames (RFC 6455, 5.2) and buffers that grow. Linux only. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <errno.h>

enum { TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10, LONGEST_HEADER = 14, READ_SIZE = 1 << 20 };

struct frame {
    int opcode, is_masked;
    size_t header, length;
    unsigned char mask[4];
};

struct buffer {
    unsigned char *bytes;
    size_t start, end, capacity;
};

static void fail(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

/* Room for `size` more bytes behind the end; what was taken from the front is given up first. */
static unsigned char *reserve(struct buffer *buffer, size_t size) {
    if (buffer->start == buffer->end)
        buffer->start = buffer->end = 0;
    if (buffer->end + size > buffer->capacity) {
        memmove(buffer->bytes, buffer->bytes + buffer->start, buffer->end - buffer->start);
        buffer->end -= buffer->start;
        buffer->start = 0;
    }
    if (buffer->end + size > buffer->capacity) {
        buffer->capacity = buffer->end + size;
        buffer->bytes = realloc(buffer->bytes, buffer->capacity);
        if (!buffer->bytes)
            fail("realloc");
    }
    return buffer->bytes + buffer->end;
}

static void append(struct buffer *buffer, const void *bytes, size_t size) {
    memcpy(reserve(buffer, size), bytes, size);
    buffer->end += size;
}

/* An idle connection keeps no memory. */
static void release(struct buffer *buffer) {
    free(buffer->bytes);
    memset(buffer, 0, sizeof *buffer);
}

/* Sends what the socket takes. 1: all is sent, 0: the rest has to wait, -1: the peer is gone. */
static int flush(int fd, struct buffer *buffer) {
    while (buffer->start < buffer->end) {
        ssize_t sent = send(fd, buffer->bytes + buffer->start, buffer->end - buffer->start, MSG_NOSIGNAL);
        if (sent < 0)
            return errno == EAGAIN ? 0 : -1;
        buffer->start += sent;
    }
    release(buffer);
    return 1;
}

/* 1 when the header of a frame is whole. */
static int read_header(const unsigned char *bytes, size_t size, struct frame *frame) {
    if (size < 2)
        return 0;
    int short_length = bytes[1] & 0x7f, more = short_length == 127 ? 8 : short_length == 126 ? 2 : 0;
    frame->opcode = bytes[0] & 0x0f;
    frame->is_masked = bytes[1] >> 7;
    frame->header = 2 + more + 4 * frame->is_masked;
    if (size < frame->header)
        return 0;
    frame->length = more ? 0 : short_length;
    for (int i = 0; i < more; i++)
        frame->length = frame->length << 8 | bytes[2 + i];
    if (frame->is_masked)
        memcpy(frame->mask, bytes + frame->header - 4, 4);
    return 1;
}

/* The header of a whole message of `length` bytes; `mask` NULL: from a server. Returns its size. */
static size_t write_header(unsigned char *out, int first_byte, size_t length, const unsigned char *mask) {
    size_t size = 2;
    int more = length > 65535 ? 8 : length > 125 ? 2 : 0;
    out[0] = first_byte;
    out[1] = (mask ? 0x80 : 0) | (more == 8 ? 127 : more == 2 ? 126 : length);
    for (int i = more; i--; size++)
        out[size] = length >> (8 * i);
    if (mask)
        memcpy(out + size, mask, 4);
    return mask ? size + 4 : size;
}

/* Masks or unmasks; eight bytes at a time, since the load must not be slower than what it measures. */
static void apply_mask(unsigned char *to, const unsigned char *from, size_t size, const unsigned char *mask) {
    uint64_t wide, word;
    memcpy(&wide, mask, 4);
    memcpy((char *)&wide + 4, mask, 4);
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        memcpy(&word, from + i, 8);
        word ^= wide;
        memcpy(to + i, &word, 8);
    }
    for (; i < size; i++)
        to[i] = from[i] ^ mask[i & 3];
}
