/* Stands between a program and its flushes: FLUSH_DELAY_US makes each take longer, as a slower disk would,
 * and FLUSH_SKIP leaves them out, for a database that can be made again. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static long delay_us;
static int skips;

__attribute__((constructor)) static void read_environment(void) {
    const char *delay = getenv("FLUSH_DELAY_US");
    delay_us = delay ? atol(delay) : 0;
    skips = getenv("FLUSH_SKIP") != NULL;
}

static int flush(const char *name, int file) {
    if (skips)
        return 0;
    if (delay_us > 0) {
        struct timespec delay = {delay_us / 1000000, delay_us % 1000000 * 1000};
        nanosleep(&delay, NULL);
    }
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    return real(file);
}

int fsync(int file) { return flush("fsync", file); }
int fdatasync(int file) { return flush("fdatasync", file); }
