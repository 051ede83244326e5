/* Sends a signal to the process just before its n-th call that changes a file's name or flushes a file.
   CRASH_AT is n, CRASH_SIGNAL the number of the signal. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static void count(void) {
    static int calls = 0;
    const char *at = getenv("CRASH_AT");
    const char *number = getenv("CRASH_SIGNAL");
    if (at && number && ++calls == atoi(at))
        kill(getpid(), atoi(number));
}

#define NEXT(name) __typeof__(&name) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

int rename(const char *from, const char *to) {
    NEXT(rename);
    count();
    return next(from, to);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
    NEXT(linkat);
    count();
    return next(from_folder, from, to_folder, to, flags);
}

int unlink(const char *path) {
    NEXT(unlink);
    count();
    return next(path);
}

int unlinkat(int folder, const char *path, int flags) {
    NEXT(unlinkat);
    count();
    return next(folder, path, flags);
}

int mkdir(const char *path, mode_t mode) {
    NEXT(mkdir);
    count();
    return next(path, mode);
}

int ftruncate64(int file, off64_t length) {
    NEXT(ftruncate64);
    count();
    return next(file, length);
}

int fsync(int file) {
    NEXT(fsync);
    count();
    return next(file);
}

int fdatasync(int file) {
    NEXT(fdatasync);
    count();
    return next(file);
}
