// The limit: what a server costs that does nothing but fan out. One thread, epoll, no checks.
// GET /ws?ch=X (upgrade) joins channel X; POST /publish/X makes the frame once and sends it to every member.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
typedef struct conn {
    int fd, ws;
    struct chan *ch;
    int pos;
} conn;
typedef struct chan {
    char n[16];
    int *fds;
    int c, cap;
    struct chan *next;
} chan;
static chan *H[65536];
static conn *K[1 << 20];
static int ep;
static chan *get(const char *n, int l) {
    uint32_t h = 2166136261u;
    for (int i = 0; i < l; i++)
        h = (h ^ (uint8_t)n[i]) * 16777619u;
    chan **p = &H[h & 65535];
    for (; *p; p = &(*p)->next)
        if (!strncmp((*p)->n, n, l) && !(*p)->n[l])
            return *p;
    chan *c = calloc(1, sizeof *c);
    memcpy(c->n, n, l);
    *p = c;
    return c;
}
static void drop(conn *c) {
    if (c->ch) {
        chan *h = c->ch;
        int last = h->fds[--h->c];
        h->fds[c->pos] = last;
        if (K[last])
            K[last]->pos = c->pos;
    }
    close(c->fd);
    K[c->fd] = 0;
    free(c);
}
int main(int ac, char **av) {
    int port = ac > 1 ? atoi(av[1]) : 7107;
    signal(SIGPIPE, SIG_IGN);
    struct rlimit rl;
    getrlimit(RLIMIT_NOFILE, &rl);
    rl.rlim_cur = rl.rlim_max;
    setrlimit(RLIMIT_NOFILE, &rl);
    int ls = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    setsockopt(ls, SOL_SOCKET, SO_REUSEADDR, &one, 4);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(ls, (void *)&a, sizeof a) || listen(ls, 8192))
        return 1;
    ep = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLIN, .data.fd = ls};
    epoll_ctl(ep, EPOLL_CTL_ADD, ls, &e);
    static struct epoll_event ev[512];
    static char b[1 << 16];
    static unsigned char f[1 << 16];
    for (;;) {
        int n = epoll_wait(ep, ev, 512, -1);
        for (int i = 0; i < n; i++) {
            int fd = ev[i].data.fd;
            if (fd == ls) {
                for (int k = 0; k < 64; k++) {
                    int c = accept4(ls, 0, 0, SOCK_NONBLOCK);
                    if (c < 0)
                        break;
                    setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &one, 4);
                    conn *x = calloc(1, sizeof *x);
                    x->fd = c;
                    K[c] = x;
                    struct epoll_event q = {.events = EPOLLIN, .data.fd = c};
                    epoll_ctl(ep, EPOLL_CTL_ADD, c, &q);
                }
                continue;
            }
            conn *c = K[fd];
            if (!c)
                continue;
            ssize_t r = recv(fd, b, sizeof b - 1, 0);
            if (r <= 0) {
                if (r < 0 && errno == EAGAIN)
                    continue;
                drop(c);
                continue;
            }
            if (c->ws)
                continue;
            b[r] = 0;
            if (!strncmp(b, "GET /ws?ch=", 11)) {
                char *s = b + 11, *t = strchr(s, ' ');
                chan *h = get(s, t - s);
                if (h->c == h->cap) {
                    h->cap = h->cap ? h->cap * 2 : 1;
                    h->fds = realloc(h->fds, h->cap * sizeof(int));
                }
                c->ch = h;
                c->pos = h->c;
                h->fds[h->c++] = fd;
                c->ws = 1;
                static const char ok[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
                                         "Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
                send(fd, ok, sizeof ok - 1, 0);
            } else if (!strncmp(b, "POST /publish/", 14)) {
                char *s = b + 14, *t = strchr(s, ' ');
                char *bd = strstr(b, "\r\n\r\n") + 4;
                int bl = b + r - bd;
                chan *h = get(s, t - s);
                int o = 0;
                f[o++] = 0x81;
                if (bl < 126)
                    f[o++] = bl;
                else {
                    f[o++] = 126;
                    f[o++] = bl >> 8;
                    f[o++] = bl;
                }
                memcpy(f + o, bd, bl);
                o += bl;
                for (int k = 0; k < h->c; k++)
                    send(h->fds[k], f, o, MSG_NOSIGNAL | MSG_DONTWAIT);
                static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
                send(fd, ok, sizeof ok - 1, 0);
            }
        }
    }
}
