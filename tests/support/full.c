/* A disk that is full for one program: while FULL_SWITCH names a file that is there, no file of tables grows. What is
   there already can be written over, and so can the log. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define NEXT(name) __typeof__(&name) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

/* Whether there is no room for a file up to this offset. */
static int is_full(int fd, off_t end) {
    const char *is_on = getenv("FULL_SWITCH");
    if (!is_on || access(is_on, F_OK) != 0)
        return 0;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, sizeof path - 1);
    struct stat status;
    if (len <= 0 || fstat(fd, &status) != 0)
        return 0;
    path[len] = '\0';
    return strstr(path, "/base/") && end > status.st_size;
}

#define FULL(fd, end)                                                                                                  \
    if (is_full(fd, end)) {                                                                                            \
        errno = ENOSPC;                                                                                                \
        return -1;                                                                                                     \
    }

ssize_t pwrite(int fd, const void *from, size_t len, off_t offset) {
    NEXT(pwrite);
    FULL(fd, offset + (off_t)len)
    return next(fd, from, len, offset);
}

ssize_t pwrite64(int fd, const void *from, size_t len, off64_t offset) {
    NEXT(pwrite64);
    FULL(fd, offset + (off_t)len)
    return next(fd, from, len, offset);
}

static off_t length(const struct iovec *parts, int count) {
    off_t len = 0;
    for (int part = 0; part < count; part++)
        len += (off_t)parts[part].iov_len;
    return len;
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
    NEXT(pwritev);
    FULL(fd, offset + length(parts, count))
    return next(fd, parts, count, offset);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
    NEXT(pwritev64);
    FULL(fd, offset + length(parts, count))
    return next(fd, parts, count, offset);
}

int posix_fallocate(int fd, off_t offset, off_t len) {
    NEXT(posix_fallocate);
    if (is_full(fd, offset + len))
        return ENOSPC;
    return next(fd, offset, len);
}

int posix_fallocate64(int fd, off64_t offset, off64_t len) {
    NEXT(posix_fallocate64);
    if (is_full(fd, offset + len))
        return ENOSPC;
    return next(fd, offset, len);
}
