// A load generator for any server of WebSockets that fans out or sends to one. One thread, epoll, no libraries.
// README.md tells how a server is added; `run.py setup` builds it.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
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
#include <time.h>
#include <unistd.h>
typedef uint64_t u64;
typedef uint32_t u32;
typedef uint8_t u8;
#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif
#define MAXSTEP 16
static u64 now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (u64)t.tv_sec * 1000000000ull + t.tv_nsec;
}
static void die(const char *m) {
    fprintf(stderr, "load: %s (errno %s)\n", m, strerror(errno));
    exit(2);
}
// ---------- options
static const char *host = "127.0.0.1", *wspath = "/ws", *proto = 0, *hdr = "", *label = "", *pubhost = "127.0.0.1",
                  *pubpath = "/publish/%c", *pubbody = "%p", *pubhdr = "", *pubpre = 0;
static int port = 0, pubport = 0, nconn = 1000, uni = 0, pubconns = 4, psize = 256, inflightmax = 64, pubraw = 0;
static double rate = 0, dur = 10, settle = 2, kasec = 0;
static int window = 0;
static u32 count = 0, warm = 20;
static int maxsec = 400;
static char *katext = 0;
static int katlen = 0;
static struct {
    char kind;
    u8 *t;
    int len;
} steps[MAXSTEP];
static int nsteps = 0;
static struct {
    u8 *trig;
    int tl;
    u8 *rep;
    int rl;
} pongs[4];
static int npongs = 0;
static struct {
    int win;
    double val, dur;
    u32 cnt;
} phases[8];
static int nphases = 0;
static int memsteps[16], nmem = 0;
static int pids[32], npids = 0, rpid = 0;
static int srcper = 20000;
static double memsettle = 4;
// ---------- histogram
#define HB 64 * 128
typedef struct {
    u64 n, max, b[HB];
} hist;
static hist hd, hf, hp; // deliveries, fan-out completion, publish response
static void hadd(hist *h, u64 v) {
    if ((int64_t)v < 0)
        v = 0;
    h->n++;
    if (v > h->max)
        h->max = v;
    int i;
    if (v < 128)
        i = v;
    else {
        int m = 63 - __builtin_clzll(v);
        i = (m - 6) * 128 + ((v >> (m - 7)) & 127);
    }
    h->b[i]++;
}
static double hq(hist *h, double q) {
    if (!h->n)
        return 0;
    u64 want = (u64)(q * h->n + 0.5), c = 0;
    if (want < 1)
        want = 1;
    for (int i = 0; i < HB; i++) {
        c += h->b[i];
        if (c >= want) {
            double v;
            if (i < 128)
                v = i;
            else {
                int m = i / 128 + 6;
                v = (double)((u64)(128 + (i & 127)) << (m - 7));
            }
            return v / 1000.0;
        }
    }
    return h->max / 1000.0;
}
static void hreset(hist *h) { memset(h, 0, sizeof *h); }
// ---------- connections
enum { S_NONE, S_CONNECTING, S_HTTP, S_STEPS, S_READY, S_CLOSED };
typedef struct {
    int fd;
    u8 st, step;
    u32 idx;
    u8 *rem;
    u32 rlen, rcap;
    u32 got;
} conn;
typedef struct {
    int fd, busy;
    char buf[4096];
    int len;
    u64 t0;
    u32 seq;
} pubc;
static conn *C;
static pubc P[256];
static int ep;
static u8 rb[1 << 20];
static int nready = 0, nclosed = 0, npending = 0, nstarted = 0, nfail = 0;
static u64 frames = 0, msgs = 0, bytes = 0, pings = 0, texts_other = 0, wrong = 0, dups = 0, stale = 0;
static u32 nextseq = 0, seqbase = 0;
static u32 *seqcnt;
static u64 *seqts;
static u8 *bits;
static u64 bitcap;
static u32 seqcap;
static u32 ndone = 0;
static u64 lastdeliv = 0;
static int pubfail = 0;
static u64 pubok = 0;
static char chbuf[64];
static const char *chan(u32 i) {
    if (uni)
        snprintf(chbuf, sizeof chbuf, "u%05u", i);
    else
        strcpy(chbuf, "room00");
    return chbuf;
}
static int unesc(const char *s, u8 **out) {
    u8 *o = malloc(strlen(s) + 1);
    int n = 0;
    for (; *s; s++) {
        if (*s == '\\') {
            s++;
            if (*s == 'x') {
                char h[3] = {s[1], s[2], 0};
                o[n++] = strtol(h, 0, 16);
                s += 2;
            } else if (*s == 'n')
                o[n++] = '\n';
            else if (*s == 'r')
                o[n++] = '\r';
            else
                o[n++] = *s;
        } else
            o[n++] = *s;
    }
    o[n] = 0;
    *out = o;
    return n;
}
static int expand(const u8 *t, int tl, u8 *o, u32 ci, const char *payload) {
    int n = 0;
    for (int i = 0; i < tl; i++) {
        if (t[i] == '%' && i + 1 < tl) {
            char k = t[i + 1];
            if (k == 'c') {
                const char *c = chan(ci);
                int l = strlen(c);
                memcpy(o + n, c, l);
                n += l;
                i++;
                continue;
            }
            if (k == 'i') {
                n += sprintf((char *)o + n, "%u", ci);
                i++;
                continue;
            }
            if (k == 'p' && payload) {
                memcpy(o + n, payload, psize);
                n += psize;
                i++;
                continue;
            }
            if (k == '%') {
                o[n++] = '%';
                i++;
                continue;
            }
        }
        o[n++] = t[i];
    }
    return n;
}
static int sendall(int fd, const u8 *b, int n) {
    int o = 0, spins = 0;
    while (o < n) {
        ssize_t r = send(fd, b + o, n - o, MSG_NOSIGNAL);
        if (r < 0) {
            if (errno == EAGAIN && spins++ < 20000) {
                usleep(50);
                continue;
            }
            return -1;
        }
        o += r;
    }
    return 0;
}
static int wsframe(u8 *o, int op, const u8 *p, int n) {
    static const u8 mk[4] = {0x37, 0xfa, 0x21, 0x3d};
    int h = 0;
    o[h++] = 0x80 | op;
    if (n < 126)
        o[h++] = 0x80 | n;
    else {
        o[h++] = 0x80 | 126;
        o[h++] = n >> 8;
        o[h++] = n;
    }
    memcpy(o + h, mk, 4);
    h += 4;
    for (int i = 0; i < n; i++)
        o[h + i] = p[i] ^ mk[i & 3];
    return h + n;
}
static void cclose(conn *c) {
    if (c->st == S_CLOSED)
        return;
    if (c->st == S_READY)
        nready--;
    else
        npending--;
    if (c->st != S_READY)
        nfail++;
    nclosed++;
    c->st = S_CLOSED;
    struct linger l = {1, 0};
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
    close(c->fd);
    c->fd = -1;
    free(c->rem);
    c->rem = 0;
}
static void csend(conn *c, int op, const u8 *p, int n) {
    u8 o[70000];
    int l = wsframe(o, op, p, n);
    if (sendall(c->fd, o, l) < 0)
        cclose(c);
}
static void advance(conn *c) {
    u8 o[8192];
    while (c->step < nsteps) {
        char k = steps[c->step].kind;
        if (k == 'A')
            return;
        int n = expand(steps[c->step].t, steps[c->step].len, o, c->idx, 0);
        c->step++;
        csend(c, k == 'B' ? 2 : 1, o, n);
        if (c->st == S_CLOSED)
            return;
    }
    if (c->st == S_STEPS) {
        c->st = S_READY;
        nready++;
        npending--;
    }
}
static void cstart(u32 i) {
    conn *c = &C[i];
    memset(c, 0, sizeof *c);
    c->idx = i;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd < 0)
        die("socket");
    c->fd = fd;
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, 4);
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, 4);
    struct sockaddr_in s = {.sin_family = AF_INET};
    s.sin_addr.s_addr = htonl(0x7f000100 + 1 + i / srcper);
    if (bind(fd, (void *)&s, sizeof s))
        die("bind");
    struct sockaddr_in d = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, host, &d.sin_addr);
    c->st = S_CONNECTING;
    npending++;
    nstarted++;
    int r = connect(fd, (void *)&d, sizeof d);
    if (r < 0 && errno != EINPROGRESS) {
        cclose(c);
        return;
    }
    struct epoll_event e = {.events = EPOLLOUT | EPOLLIN | EPOLLRDHUP, .data.u64 = i};
    if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e))
        die("epoll_ctl");
}
static inline int hexv(u8 c) { return c <= '9' ? c - '0' : c - 'a' + 10; }
static inline void scan(conn *c, const u8 *p, u32 n, u64 tnow) {
    const u8 *e = p + n;
    while (p < e) {
        p = memchr(p, '@', e - p);
        if (!p || e - p < 36)
            return;
        if (p[1] != '@' || p[34] != '@' || p[35] != '@') {
            p++;
            continue;
        }
        u64 ts = 0;
        u32 sq = 0, tg = 0;
        for (int i = 2; i < 18; i++)
            ts = ts << 4 | hexv(p[i]);
        for (int i = 18; i < 26; i++)
            sq = sq << 4 | hexv(p[i]);
        for (int i = 26; i < 34; i++)
            tg = tg << 4 | hexv(p[i]);
        p += 36;
        if (sq < seqbase || sq >= nextseq) {
            stale++;
            continue;
        }
        u32 s = sq - seqbase;
        msgs++;
        lastdeliv = tnow;
        c->got++;
        if (uni) {
            if (tg != c->idx)
                wrong++;
            if (seqcnt[s])
                dups++;
        } else if (bits) {
            u64 b = (u64)s * nconn + c->idx;
            if (b < bitcap) {
                if (bits[b >> 3] & (1 << (b & 7)))
                    dups++;
                bits[b >> 3] |= 1 << (b & 7);
            }
        }
        seqcnt[s]++;
        hadd(&hd, tnow - ts);
        if (seqcnt[s] == (uni ? 1u : (u32)nready)) {
            ndone++;
            hadd(&hf, tnow - ts);
        }
    }
}
static void onframe(conn *c, int op, const u8 *p, u32 n, u64 tnow) {
    frames++;
    if (op == 9) {
        pings++;
        csend(c, 10, p, n);
        return;
    }
    if (op == 8) {
        static int shown = 0;
        if (shown++ < 3)
            fprintf(stderr, "server close frame: code %d %.*s\n", n >= 2 ? p[0] << 8 | p[1] : 0, n > 2 ? (int)n - 2 : 0, p + 2);
        cclose(c);
        return;
    }
    if (op == 10)
        return;
    if (c->st == S_STEPS) {
        if (c->step < nsteps && steps[c->step].kind == 'A') {
            if (memmem(p, n, steps[c->step].t, steps[c->step].len)) {
                c->step++;
                advance(c);
            }
        }
        return;
    }
    if (npongs) { // a ping may be batched with messages in one frame, newline-delimited
        const u8 *q = p, *e = p + n;
        while (q < e) {
            const u8 *x = memchr(q, '\n', e - q);
            u32 l = (x ? x : e) - q;
            for (int i = 0; i < npongs; i++)
                if (l == (u32)pongs[i].tl && !memcmp(q, pongs[i].trig, l)) {
                    pings++;
                    csend(c, 1, pongs[i].rep, pongs[i].rl);
                    if (c->st == S_CLOSED)
                        return;
                }
            q += l + 1;
        }
        if (n == (u32)pongs[0].tl)
            return;
    }
    u64 m = msgs;
    scan(c, p, n, tnow);
    if (m == msgs)
        texts_other++;
}
static void cread(conn *c) {
    for (;;) {
        u32 have = c->rlen;
        if (have)
            memcpy(rb, c->rem, have);
        ssize_t r = recv(c->fd, rb + have, sizeof rb - have - 1, 0);
        if (r < 0) {
            if (errno == EAGAIN)
                return;
            cclose(c);
            return;
        }
        if (r == 0) {
            cclose(c);
            return;
        }
        bytes += r;
        u64 t = now_ns();
        u32 n = have + r;
        u32 o = 0;
        c->rlen = 0;
        if (c->st == S_HTTP) {
            u8 *x = memmem(rb, n, "\r\n\r\n", 4);
            if (!x) {
                o = 0;
                goto keep;
            }
            if (!memmem(rb, x - rb, "HTTP/1.1 101", 12)) {
                if (nfail < 3)
                    fprintf(stderr, "upgrade refused: %.*s\n", (int)(x - rb > 200 ? 200 : x - rb), rb);
                cclose(c);
                return;
            }
            o = x - rb + 4;
            c->st = S_STEPS;
            advance(c);
        }
        while (c->st != S_CLOSED && n - o >= 2) {
            u64 L = rb[o + 1] & 127;
            u32 h = 2;
            if (L == 126) {
                if (n - o < 4)
                    break;
                L = rb[o + 2] << 8 | rb[o + 3];
                h = 4;
            } else if (L == 127) {
                if (n - o < 10)
                    break;
                L = 0;
                for (int i = 0; i < 8; i++)
                    L = L << 8 | rb[o + 2 + i];
                h = 10;
            }
            if (L > sizeof rb / 2) {
                cclose(c);
                return;
            }
            if (n - o < h + L)
                break;
            onframe(c, rb[o] & 15, rb + o + h, L, t);
            o += h + L;
        }
        if (c->st == S_CLOSED)
            return;
    keep:
        if (o < n) {
            u32 k = n - o;
            if (k > c->rcap) {
                c->rem = realloc(c->rem, k);
                c->rcap = k;
            }
            memcpy(c->rem, rb + o, k);
            c->rlen = k;
        } else if (c->rem) {
            free(c->rem);
            c->rem = 0;
            c->rcap = 0;
        }
        if ((size_t)r < sizeof rb - have - 1)
            return;
    }
}
static void cevent(conn *c, u32 ev) {
    if (c->st == S_CLOSED || c->st == S_NONE)
        return;
    if (c->st == S_CONNECTING) {
        if (ev & (EPOLLERR | EPOLLHUP)) {
            cclose(c);
            return;
        }
        if (!(ev & EPOLLOUT))
            return;
        u8 o[4096], pp[1024];
        int pl = expand((u8 *)wspath, strlen(wspath), pp, c->idx, 0);
        pp[pl] = 0;
        u8 hh[1024];
        int hl = expand((u8 *)hdr, strlen(hdr), hh, c->idx, 0);
        hh[hl] = 0;
        int n = snprintf((char *)o, sizeof o,
                         "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: "
                         "13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s%s%s%s\r\n",
                         pp, host, port, proto ? "Sec-WebSocket-Protocol: " : "", proto ? proto : "", proto ? "\r\n" : "", hh);
        c->st = S_HTTP;
        struct epoll_event e = {.events = EPOLLIN | EPOLLRDHUP, .data.u64 = c->idx};
        epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
        if (sendall(c->fd, o, n) < 0)
            cclose(c);
        return;
    }
    if (ev & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP))
        cread(c);
}
// ---------- publisher
#define PUBTAG (1ull << 40)
static void pubopen(int k) {
    pubc *p = &P[k];
    p->fd = socket(AF_INET, SOCK_STREAM, 0);
    int one = 1;
    setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &one, 4);
    struct sockaddr_in d = {.sin_family = AF_INET, .sin_port = htons(pubport)};
    inet_pton(AF_INET, pubhost, &d.sin_addr);
    if (connect(p->fd, (void *)&d, sizeof d))
        die("publisher connect");
    if (pubpre) {
        u8 *b;
        int n = unesc(pubpre, &b);
        if (send(p->fd, b, n, 0) != n)
            die("pubpre");
        usleep(100000);
        u8 t[256];
        recv(p->fd, t, sizeof t, MSG_DONTWAIT);
    }
    fcntl(p->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event e = {.events = EPOLLIN, .data.u64 = PUBTAG | k};
    epoll_ctl(ep, EPOLL_CTL_ADD, p->fd, &e);
    p->busy = 0;
    p->len = 0;
}
static u64 rng = 88172645463325252ull;
static u32 rnd(void) {
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return rng >> 16;
}
static void dopub(pubc *p, u64 ts) {
    u32 sq = nextseq++;
    u32 tg = uni ? rnd() % nconn : 0;
    char pay[65536];
    int n = sprintf(pay, "@@%016llx%08x%08x@@", (unsigned long long)ts, sq, tg);
    memset(pay + n, 'x', psize - n);
    seqts[sq - seqbase] = ts;
    u8 body[70000], o[74000];
    int bl = expand((u8 *)pubbody, strlen(pubbody), body, tg, pay);
    int on;
    if (pubraw) {
        u8 *t;
        int tl = unesc(pubbody, &t);
        on = expand(t, tl, o, tg, pay);
        free(t);
    } else {
        u8 pp[1024];
        int pl = expand((u8 *)pubpath, strlen(pubpath), pp, tg, 0);
        pp[pl] = 0;
        on = sprintf((char *)o, "POST %s HTTP/1.1\r\nHost: %s:%d\r\nContent-Length: %d\r\n%s\r\n", pp, pubhost, pubport, bl, pubhdr);
        memcpy(o + on, body, bl);
        on += bl;
    }
    p->t0 = now_ns();
    p->seq = sq;
    p->len = 0;
    if (sendall(p->fd, o, on) < 0)
        die("publish send");
    if (pubraw) {
        p->busy = 0;
        pubok++;
    } else
        p->busy = 1;
}
static void pubread(pubc *p) {
    ssize_t r = recv(p->fd, p->buf + p->len, sizeof p->buf - 1 - p->len, 0);
    if (r < 0) {
        if (errno == EAGAIN)
            return;
        die("pub recv");
    }
    if (r == 0) { /* server without keep-alive: count what was answered, reconnect */
        int k = p - P;
        if (p->busy) {
            if (p->len > 12 && p->buf[9] == '2')
                pubok++;
            else
                pubfail++;
            hadd(&hp, now_ns() - p->t0);
        }
        close(p->fd);
        if (pubfail > 1000)
            die("publisher refused");
        pubopen(k);
        return;
    }
    if (pubraw)
        return;
    p->len += r;
    p->buf[p->len] = 0;
    char *e = strstr(p->buf, "\r\n\r\n");
    if (!e)
        return;
    int code = atoi(p->buf + 9);
    int hl = e - p->buf + 4;
    char *cl = strcasestr(p->buf, "\r\ncontent-length:");
    if (cl && cl < e) {
        if (p->len < hl + atoi(cl + 17))
            return;
    } else if (strcasestr(p->buf, "\r\ntransfer-encoding: chunked")) {
        if (!strstr(e + 2, "\r\n0\r\n\r\n") && !strstr(e, "\r\n\r\n0\r\n\r\n"))
            return;
    }
    if (code / 100 == 2)
        pubok++;
    else {
        if (pubfail++ < 3)
            fprintf(stderr, "publish answered: %.200s\n", p->buf);
    }
    hadd(&hp, now_ns() - p->t0);
    p->busy = 0;
    p->len = 0;
}
// ---------- samples
typedef struct {
    u64 t;
    double cpu_s, sched_s, rcpu_s, rsched_s, self_s;
    u64 c0[10];
    u64 rss, pss, anon, tcpmem, slab, avail, tcpobj;
} sample;
static double pidcpu(int pid) {
    char f[64], b[1024];
    sprintf(f, "/proc/%d/stat", pid);
    FILE *x = fopen(f, "r");
    if (!x)
        return 0;
    size_t n = fread(b, 1, 1023, x);
    fclose(x);
    b[n] = 0;
    char *p = strrchr(b, ')');
    unsigned long u, s;
    if (!p || sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &u, &s) != 2)
        return 0;
    return (u + s) / 100.0;
}
// By the process's CPU clock: what /proc has for each thread is gone when the thread ends, as threads of a pool do.
static double pidsched(int pid) {
    struct timespec t;
    return clock_gettime((clockid_t)(~(unsigned)pid << 3 | 2), &t) ? 0 : t.tv_sec + t.tv_nsec / 1e9;
}
static u64 grepkb(const char *file, const char *key) {
    FILE *x = fopen(file, "r");
    if (!x)
        return 0;
    char l[512];
    u64 v = 0;
    int k = strlen(key);
    while (fgets(l, sizeof l, x))
        if (!strncmp(l, key, k)) {
            v = strtoull(l + k, 0, 10);
            break;
        }
    fclose(x);
    return v;
}
static void take(sample *s, int mem) {
    memset(s, 0, sizeof *s);
    s->t = now_ns();
    for (int i = 0; i < npids; i++) {
        s->cpu_s += pidcpu(pids[i]);
        s->sched_s += pidsched(pids[i]);
    }
    if (rpid) {
        s->rcpu_s = pidcpu(rpid);
        s->rsched_s = pidsched(rpid);
    }
    struct rusage ru;
    getrusage(RUSAGE_SELF, &ru);
    s->self_s = ru.ru_utime.tv_sec + ru.ru_utime.tv_usec / 1e6 + ru.ru_stime.tv_sec + ru.ru_stime.tv_usec / 1e6;
    FILE *x = fopen("/proc/stat", "r");
    char l[512];
    while (fgets(l, sizeof l, x))
        if (!strncmp(l, "cpu0 ", 5)) {
            char *p = l + 5;
            for (int i = 0; i < 10; i++)
                s->c0[i] = strtoull(p, &p, 10);
            break;
        }
    fclose(x);
    if (mem) {
        for (int i = 0; i < npids; i++) {
            char f[64];
            sprintf(f, "/proc/%d/smaps_rollup", pids[i]);
            s->rss += grepkb(f, "Rss:");
            s->pss += grepkb(f, "Pss:");
            s->anon += grepkb(f, "Pss_Anon:");
        }
        s->slab = grepkb("/proc/meminfo", "Slab:");
        s->avail = grepkb("/proc/meminfo", "MemAvailable:");
        x = fopen("/proc/net/sockstat", "r");
        while (x && fgets(l, sizeof l, x)) {
            char *p = strstr(l, "TCP: ");
            if (p) {
                p = strstr(l, " mem ");
                if (p)
                    s->tcpmem = strtoull(p + 5, 0, 10) * 4;
            }
        }
        if (x)
            fclose(x);
        s->tcpobj = grepkb("/proc/slabinfo", "TCP ");
    }
}
static void pdelta(const char *name, sample *a, sample *b) {
    u64 busy = 0, nice, steal;
    for (int i = 0; i < 8; i++)
        if (i != 3 && i != 4)
            busy += b->c0[i] - a->c0[i];
    nice = b->c0[1] - a->c0[1];
    steal = b->c0[7] - a->c0[7];
    printf(",\"%s\":{\"sec\":%.3f,\"cpu\":%.2f,\"sched\":%.4f,\"redis\":%.2f,\"rsched\":%.4f,\"lg\":%.2f,\"core0_busy\":%.2f,\"core0_"
           "nice\":%.2f,\"core0_steal\":%.2f}",
           name, (b->t - a->t) / 1e9, b->cpu_s - a->cpu_s, b->sched_s - a->sched_s, b->rcpu_s - a->rcpu_s, b->rsched_s - a->rsched_s,
           b->self_s - a->self_s, busy / 100.0, nice / 100.0, steal / 100.0);
}
static void pmem(sample *s) {
    printf("\"rss_kb\":%llu,\"pss_kb\":%llu,\"anon_kb\":%llu,\"tcpmem_kb\":%llu,\"slab_kb\":%llu,\"avail_kb\":%llu,\"tcpobj\":%llu",
           (unsigned long long)s->rss, (unsigned long long)s->pss, (unsigned long long)s->anon, (unsigned long long)s->tcpmem,
           (unsigned long long)s->slab, (unsigned long long)s->avail, (unsigned long long)s->tcpobj);
}
// ---------- loop
static struct epoll_event evs[512];
static u64 kanext = 0;
static u32 kaidx = 0;
static void poll_once(u64 wait_ns) {
    struct timespec ts = {wait_ns / 1000000000ull, wait_ns % 1000000000ull};
    int n = epoll_pwait2(ep, evs, 512, &ts, 0);
    for (int i = 0; i < n; i++) {
        u64 d = evs[i].data.u64;
        if (d & PUBTAG)
            pubread(&P[d & 0xff]);
        else
            cevent(&C[d], evs[i].events);
    }
    if (kasec > 0 && nready) {
        u64 t = now_ns();
        u64 gap = (u64)(kasec * 1e9 / nready);
        if (!gap)
            gap = 1;
        if (!kanext || t > kanext + 2000000000ull)
            kanext = t;
        int lim = 2000;
        while (t >= kanext && lim--) {
            kanext += gap;
            if (kaidx >= (u32)nstarted)
                kaidx = 0;
            conn *c = &C[kaidx++];
            if (c->st == S_READY)
                csend(c, 1, (u8 *)katext, katlen);
        }
    }
}
static void idle(double sec) {
    u64 e = now_ns() + (u64)(sec * 1e9);
    for (u64 t; (t = now_ns()) < e;) {
        u64 w = e - t;
        if (w > 20000000)
            w = 20000000;
        poll_once(w);
    }
}
static void connect_to(int target) {
    u64 last = now_ns();
    int lr = nready;
    while (nstarted < target || npending > 0) {
        while (nstarted < target && npending < inflightmax)
            cstart(nstarted);
        poll_once(5000000);
        if (nready != lr) {
            lr = nready;
            last = now_ns();
        }
        if (now_ns() - last > 20000000000ull) {
            fprintf(stderr, "connect stalled: ready %d pending %d failed %d\n", nready, npending, nfail);
            break;
        }
        if (nfail > 200 && nfail > nready) {
            fprintf(stderr, "too many failures\n");
            break;
        }
    }
}
static int inflight(void) { return (int)(nextseq - seqbase) - (int)ndone; }
static u64 firstpub, lastpub;
static void publish_phase(double r, int win, u32 cnt, double sec) { // resets counters
    seqbase = nextseq;
    ndone = 0;
    msgs = dups = wrong = 0;
    memset(seqcnt, 0, sizeof(u32) * seqcap);
    if (bits)
        memset(bits, 0, (bitcap >> 3) + 1);
    hreset(&hd);
    hreset(&hf);
    hreset(&hp);
    pubok = pubfail = 0;
    for (int i = 0; i < nconn; i++)
        C[i].got = 0;
    u64 t0 = now_ns(), end = t0 + (u64)(sec * 1e9);
    u32 sent = 0;
    lastdeliv = t0;
    u64 stall = t0;
    u32 ld = 0;
    int rr = 0;
    firstpub = t0;
    for (;;) {
        u64 t = now_ns();
        int more = (cnt == 0 || sent < cnt) && t < end && sent < seqcap - 1;
        if (!more)
            break;
        u64 wait = 2000000;
        if (r > 0) {
            for (;;) {
                u64 due = t0 + (u64)(sent * 1e9 / r);
                if (t < due) {
                    wait = due - t;
                    break;
                }
                if ((cnt && sent >= cnt) || sent >= seqcap - 1)
                    break;
                int k = -1;
                for (int j = 0; j < pubconns; j++) {
                    int q = (rr + j) % pubconns;
                    if (!P[q].busy) {
                        k = q;
                        break;
                    }
                }
                if (k < 0) {
                    wait = 1000000;
                    break;
                }
                rr = k + 1;
                dopub(&P[k], due);
                sent++;
                t = now_ns();
            }
        } else {
            if (ndone != ld) {
                ld = ndone;
                stall = t;
            }
            if (t - stall > 3000000000ull) {
                fprintf(stderr, "window stalled, inflight %d\n", inflight());
                break;
            }
            while (inflight() < win && (cnt == 0 || sent < cnt) && sent < seqcap - 1) {
                int k = -1;
                for (int j = 0; j < pubconns; j++) {
                    int q = (rr + j) % pubconns;
                    if (!P[q].busy) {
                        k = q;
                        break;
                    }
                }
                if (k < 0)
                    break;
                rr = k + 1;
                dopub(&P[k], now_ns());
                sent++;
            }
        }
        if (wait > 2000000)
            wait = 2000000;
        poll_once(wait);
    }
    lastpub = now_ns();
    u64 base = lastpub;
    if (lastdeliv < base)
        lastdeliv = base;
    while (ndone < sent && now_ns() - lastdeliv < 4000000000ull)
        poll_once(2000000);
    int busy = 1;
    for (u64 e = now_ns() + 2000000000ull; busy && now_ns() < e;) {
        busy = 0;
        for (int j = 0; j < pubconns; j++)
            busy |= P[j].busy;
        if (busy)
            poll_once(1000000);
    }
}
static void onalarm(int s) {
    (void)s;
    static const char m[] = "load: hard time limit reached\n";
    if (write(2, m, sizeof m - 1)) {
    }
    _exit(3);
}
int main(int ac, char **av) {
    for (int i = 1; i < ac; i++) {
        char *a = av[i];
        char *v = i + 1 < ac ? av[i + 1] : "";
#define O(n) (!strcmp(a, n) && (i++, 1))
        if (O("--host"))
            host = v;
        else if (O("--port"))
            port = atoi(v);
        else if (O("--n"))
            nconn = atoi(v);
        else if (O("--mode"))
            uni = !strcmp(v, "uni");
        else if (O("--ws"))
            wspath = v;
        else if (O("--proto"))
            proto = v;
        else if (O("--hdr")) {
            u8 *o;
            unesc(v, &o);
            hdr = (char *)o;
        } else if (O("--step")) {
            steps[nsteps].kind = v[0];
            steps[nsteps].len = unesc(v + 2, &steps[nsteps].t);
            nsteps++;
        } else if (O("--pong")) {
            char *q = strchr(v, '=');
            char *x = strdup(v);
            x[q - v] = 0;
            pongs[npongs].tl = unesc(x, &pongs[npongs].trig);
            pongs[npongs].rl = unesc(q + 1, &pongs[npongs].rep);
            npongs++;
        } else if (O("--ka")) {
            kasec = atof(v);
            char *q = strchr(v, ':');
            u8 *o;
            katlen = unesc(q + 1, &o);
            katext = (char *)o;
        } else if (O("--pubport"))
            pubport = atoi(v);
        else if (O("--pubpath"))
            pubpath = v;
        else if (O("--pubbody"))
            pubbody = v;
        else if (O("--pubhdr")) {
            u8 *o;
            unesc(v, &o);
            pubhdr = (char *)o;
        } else if (O("--pubconns"))
            pubconns = atoi(v);
        else if (O("--pubraw"))
            pubraw = atoi(v);
        else if (O("--pubpre"))
            pubpre = v;
        else if (O("--size"))
            psize = atoi(v);
        else if (O("--rate"))
            rate = atof(v);
        else if (O("--window"))
            window = atoi(v);
        else if (O("--count"))
            count = atoi(v);
        else if (O("--warm"))
            warm = atoi(v);
        else if (O("--dur"))
            dur = atof(v);
        else if (O("--inflight"))
            inflightmax = atoi(v);
        else if (O("--settle"))
            settle = atof(v);
        else if (O("--mem")) {
            char *s = strtok(v, ",");
            while (s) {
                memsteps[nmem++] = atoi(s);
                s = strtok(0, ",");
            }
        } else if (O("--memsettle"))
            memsettle = atof(v);
        else if (O("--pids")) {
            char *s = strtok(v, ",");
            while (s) {
                pids[npids++] = atoi(s);
                s = strtok(0, ",");
            }
        } else if (O("--redis-pid"))
            rpid = atoi(v);
        else if (O("--label"))
            label = v;
        else if (O("--phase")) {
            char k[8] = "";
            double val = 0, d = 5;
            unsigned cn = 0;
            if (sscanf(v, "%7[a-z]:%lf:%lf:%u", k, &val, &d, &cn) < 3)
                die("bad --phase");
            phases[nphases].win = !strcmp(k, "win");
            phases[nphases].val = val;
            phases[nphases].dur = d;
            phases[nphases].cnt = cn;
            nphases++;
        } else if (O("--maxsec"))
            maxsec = atoi(v);
        else {
            fprintf(stderr, "unknown option %s\n", a);
            return 2;
        }
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGALRM, onalarm);
    alarm(maxsec);
    if (psize < 40 || psize > 60000 || pubconns > 256)
        die("bad size");
    struct rlimit rl;
    getrlimit(RLIMIT_NOFILE, &rl);
    rl.rlim_cur = rl.rlim_max;
    setrlimit(RLIMIT_NOFILE, &rl);
    int top = nconn;
    for (int i = 0; i < nmem; i++)
        if (memsteps[i] > top)
            top = memsteps[i];
    C = calloc(top + 1, sizeof(conn));
    ep = epoll_create1(0);
    if (!pubport)
        pubport = port;
    printf("{\"label\":\"%s\",\"mode\":\"%s\",\"n\":%d,\"size\":%d", label, uni ? "uni" : "fan", nconn, psize);
    sample a, b;
    if (nmem) {
        printf(",\"mem\":[");
        for (int i = 0; i < nmem; i++) {
            sample c0, c1, c2;
            take(&c0, 0);
            connect_to(memsteps[i]);
            take(&c1, 0);
            idle(memsettle);
            take(&c2, 1);
            printf("%s{\"conns\":%d,\"ready\":%d,\"connect_cpu\":%.3f,\"connect_sec\":%.3f,\"idle_cpu\":%.3f,\"idle_sec\":%.2f,",
                   i ? "," : "", memsteps[i], nready, c1.sched_s - c0.sched_s, (c1.t - c0.t) / 1e9, c2.sched_s - c1.sched_s,
                   (c2.t - c1.t) / 1e9);
            pmem(&c2);
            printf("}");
            fflush(stdout);
        }
        printf("],\"closed\":%d,\"failed\":%d}\n", nclosed, nfail);
        fflush(stdout);
        for (int i = 0; i < nstarted; i++)
            if (C[i].st != S_CLOSED)
                cclose(&C[i]);
        return 0;
    }
    take(&a, 0);
    connect_to(nconn);
    take(&b, 0);
    printf(",\"established\":%d,\"failed\":%d,\"connect_rate\":%.0f", nready, nfail, nready / ((b.t - a.t) / 1e9));
    pdelta("connect", &a, &b);
    if (nready < nconn && nready < nconn * 0.999) {
        printf(",\"error\":\"not all connected\"}\n");
        return 1;
    }
    take(&a, 0);
    idle(settle);
    take(&b, 0);
    pdelta("idle", &a, &b);
    if (nphases) {
        seqcap = warm + 16;
        for (int q = 0; q < nphases; q++) {
            u32 need = phases[q].win ? (phases[q].cnt ? phases[q].cnt + 16 : 2000000) : (u32)(phases[q].val * phases[q].dur) + 16;
            if (need > seqcap)
                seqcap = need;
        }
        seqcnt = calloc(seqcap, 4);
        seqts = calloc(seqcap, 8);
        if (!uni) {
            bitcap = (u64)seqcap * nconn;
            if (bitcap > 8000000000ull)
                bitcap = 8000000000ull;
            bits = calloc((bitcap >> 3) + 1, 1);
        }
        for (int k = 0; k < pubconns; k++)
            pubopen(k);
        if (warm) {
            publish_phase(0, 4, warm, 30);
            printf(",\"warm_lost\":%lld", (long long)((uni ? (u64)(nextseq - seqbase) : (u64)(nextseq - seqbase) * nready) - msgs));
            idle(1);
        }
        printf(",\"phases\":[");
        for (int q = 0; q < nphases; q++) {
            sample s0, s1;
            int subs = nready;
            take(&s0, 0);
            u64 t0 = now_ns();
            publish_phase(phases[q].win ? 0 : phases[q].val, phases[q].win ? (int)phases[q].val : 0, phases[q].cnt, phases[q].dur);
            take(&s1, 1);
            u32 sent = nextseq - seqbase;
            u64 exp = uni ? sent : (u64)sent * subs;
            double wall = (lastdeliv - t0) / 1e9;
            double cpu = s1.sched_s - s0.sched_s;
            printf("%s{\"kind\":\"%s\",\"val\":%g,\"subs\":%d", q ? "," : "", phases[q].win ? "win" : "rate", phases[q].val, subs);
            pdelta("pub", &s0, &s1);
            printf(",\"published\":%u,\"pub_ok\":%llu,\"pub_fail\":%d,\"expected\":%llu,\"delivered\":%llu,\"lost\":%lld,\"dups\":%llu,"
                   "\"wrong\":%llu,\"stale\":%llu,\"wall\":%.3f,\"deliv_per_s\":%.0f,\"pub_per_s\":%.0f",
                   sent, (unsigned long long)pubok, pubfail, (unsigned long long)exp, (unsigned long long)msgs,
                   (long long)(exp - msgs + dups), (unsigned long long)dups, (unsigned long long)wrong, (unsigned long long)stale, wall,
                   msgs / wall, sent / wall);
            printf(",\"cpu_us_per_delivery\":%.3f,\"cpu_us_per_publish\":%.1f,\"redis_us_per_publish\":%.2f", msgs ? cpu * 1e6 / msgs : 0,
                   sent ? cpu * 1e6 / sent : 0, sent ? (s1.rsched_s - s0.rsched_s) * 1e6 / sent : 0);
            printf(",\"lat_us\":{\"p50\":%.0f,\"p95\":%.0f,\"p99\":%.0f,\"max\":%.0f}", hq(&hd, .5), hq(&hd, .95), hq(&hd, .99),
                   hd.max / 1000.0);
            printf(",\"fan_us\":{\"p50\":%.0f,\"p95\":%.0f,\"p99\":%.0f,\"max\":%.0f}", hq(&hf, .5), hq(&hf, .95), hq(&hf, .99),
                   hf.max / 1000.0);
            printf(",\"resp_us\":{\"p50\":%.0f,\"p99\":%.0f},", hq(&hp, .5), hq(&hp, .99));
            pmem(&s1);
            printf("}");
            idle(0.5);
        }
        printf("]");
    }
    printf(",\"frames\":%llu,\"pings\":%llu,\"other\":%llu,\"closed\":%d,\"bytes\":%llu}\n", (unsigned long long)frames,
           (unsigned long long)pings, (unsigned long long)texts_other, nclosed, (unsigned long long)bytes);
    fflush(stdout);
    for (int i = 0; i < nstarted; i++)
        if (C[i].st != S_CLOSED)
            cclose(&C[i]);
    return 0;
}
