/* A disk in the test's hand, preloaded into a real server: it holds flushes, fails them, fails reads, and
 * writes down what reaches which file, so that a power cut can be made of it. Leaves what a cut leaves
 * behind to disk.rs.
 *
 * DISK_FOLDER is the folder that it stands for. DISK_CONTROL is a folder of switches, each a file that is
 * there or not: `hold`, `fail-flush`, `fail-read`. Every flush that waits adds its name to `held`, every
 * one that fails to `failed`. DISK_TRACE, if it is set, is the file that it writes down to. */

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* Our own input and output goes to the kernel itself: nothing here may meet its own interposition. */
static long real_open(const char *path, int flags, int mode) {
    return syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

static const char *folder;
static const char *control;
static int trace = -1;
/* What is written down has the order in which it happened. */
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
    folder = getenv("DISK_FOLDER");
    control = getenv("DISK_CONTROL");
    const char *path = getenv("DISK_TRACE");
    if (path) {
        trace = (int)real_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (trace < 0) abort();
    }
}

/* Whether a path lies in the folder, or is the folder; `name` gets what follows it. */
static int inside(const char *path, char *name) {
    size_t len = folder ? strlen(folder) : 0;
    if (len == 0 || strncmp(path, folder, len) != 0) return 0;
    if (path[len] != '\0' && path[len] != '/') return 0;
    snprintf(name, NAME_MAX, "%s", path[len] == '/' ? path + len + 1 : "");
    return 1;
}

static int named(const char *path, char *name) {
    char whole[PATH_MAX];
    if (path[0] == '/') return inside(path, name);
    if (!getcwd(whole, sizeof whole)) return 0;
    size_t len = strlen(whole);
    snprintf(whole + len, sizeof whole - len, "/%s", path);
    return inside(whole, name);
}

static int ours(int fd, char *name) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, sizeof path - 1);
    if (len <= 0) return 0;
    path[len] = '\0';
    return inside(path, name);
}

static int is_on(const char *what) {
    char path[PATH_MAX];
    if (!control) return 0;
    snprintf(path, sizeof path, "%s/%s", control, what);
    return syscall(SYS_faccessat, AT_FDCWD, path, F_OK) == 0;
}

static void tell(const char *what, const char *name) {
    char path[PATH_MAX], line[NAME_MAX + 2];
    snprintf(path, sizeof path, "%s/%s", control, what);
    int fd = (int)real_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int len = snprintf(line, sizeof line, "%s\n", *name ? name : ".");
    if (fd < 0 || syscall(SYS_write, fd, line, len) != len) abort();
    syscall(SYS_close, fd);
}

/* One record: what, who, which file, two numbers, and bytes that follow. */
struct record {
    uint64_t what, thread, inode, offset, len;
};

static void note(char what, uint64_t inode, uint64_t offset, const void *bytes, uint64_t len) {
    if (trace < 0) return;
    struct record head = {(uint64_t)what, (uint64_t)syscall(SYS_gettid), inode, offset, len};
    struct iovec parts[2] = {{&head, sizeof head}, {(void *)bytes, len}};
    if (syscall(SYS_writev, trace, parts, 2) != (long)(sizeof head + len)) abort();
}

static uint64_t inode_of(int fd) {
    struct stat known;
    return fstat(fd, &known) == 0 ? known.st_ino : 0;
}

static int is_folder(int fd) {
    struct stat known;
    return fstat(fd, &known) == 0 && S_ISDIR(known.st_mode);
}

static int flush(int fd, long call) {
    char name[NAME_MAX];
    if (!ours(fd, name)) return (int)syscall(call, fd);
    if (is_on("hold")) {
        tell("held", name);
        while (is_on("hold")) usleep(1000);
    }
    uint64_t inode = is_folder(fd) ? 0 : inode_of(fd);
    pthread_mutex_lock(&order);
    note('F', inode, 0, NULL, 0);
    pthread_mutex_unlock(&order);
    int failed = is_on("fail-flush");
    int outcome = failed ? -1 : (int)syscall(call, fd);
    int error = failed ? EIO : errno;
    pthread_mutex_lock(&order);
    note(outcome == 0 ? 'E' : 'X', inode, 0, NULL, 0);
    pthread_mutex_unlock(&order);
    if (failed) tell("failed", name);
    errno = error;
    return outcome;
}

int fsync(int fd) { return flush(fd, SYS_fsync); }
int fdatasync(int fd) { return flush(fd, SYS_fdatasync); }

ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t offset) {
    char name[NAME_MAX];
    if (trace < 0 || !ours(fd, name)) return syscall(SYS_pwrite64, fd, bytes, len, offset);
    pthread_mutex_lock(&order);
    ssize_t written = syscall(SYS_pwrite64, fd, bytes, len, offset);
    int error = errno;
    if (written > 0) note('W', inode_of(fd), (uint64_t)offset, bytes, (uint64_t)written);
    pthread_mutex_unlock(&order);
    errno = error;
    return written;
}
ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset) {
    return pwrite64(fd, bytes, len, offset);
}

ssize_t write(int fd, const void *bytes, size_t len) {
    char name[NAME_MAX];
    if (trace < 0 || !ours(fd, name)) return syscall(SYS_write, fd, bytes, len);
    pthread_mutex_lock(&order);
    off_t offset = lseek(fd, 0, SEEK_CUR);
    ssize_t written = syscall(SYS_write, fd, bytes, len);
    int error = errno;
    if (written > 0) note('W', inode_of(fd), (uint64_t)offset, bytes, (uint64_t)written);
    pthread_mutex_unlock(&order);
    errno = error;
    return written;
}

int ftruncate64(int fd, off64_t len) {
    char name[NAME_MAX];
    if (trace < 0 || !ours(fd, name)) return (int)syscall(SYS_ftruncate, fd, len);
    pthread_mutex_lock(&order);
    int outcome = (int)syscall(SYS_ftruncate, fd, len);
    int error = errno;
    if (outcome == 0) note('T', inode_of(fd), (uint64_t)len, NULL, 0);
    pthread_mutex_unlock(&order);
    errno = error;
    return outcome;
}
int ftruncate(int fd, off_t len) { return ftruncate64(fd, len); }

ssize_t pread64(int fd, void *bytes, size_t len, off64_t offset) {
    char name[NAME_MAX];
    if (is_on("fail-read") && ours(fd, name)) {
        errno = EIO;
        return -1;
    }
    return syscall(SYS_pread64, fd, bytes, len, offset);
}
ssize_t pread(int fd, void *bytes, size_t len, off_t offset) {
    return pread64(fd, bytes, len, offset);
}

static int opened(const char *path, int flags, int mode) {
    char name[NAME_MAX];
    if (trace < 0 || !(flags & (O_CREAT | O_TRUNC)) || !named(path, name))
        return (int)real_open(path, flags, mode);
    pthread_mutex_lock(&order);
    int is_new = syscall(SYS_faccessat, AT_FDCWD, path, F_OK) != 0;
    int fd = (int)real_open(path, flags, mode);
    int error = errno;
    if (fd >= 0 && is_new) note('C', inode_of(fd), 0, name, strlen(name));
    if (fd >= 0 && !is_new && (flags & O_TRUNC)) note('T', inode_of(fd), 0, NULL, 0);
    pthread_mutex_unlock(&order);
    errno = error;
    return fd;
}

static int mode_of(int flags, va_list rest) {
    return flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, int) : 0;
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int mode = mode_of(flags, rest);
    va_end(rest);
    return opened(path, flags, mode);
}
int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int mode = mode_of(flags, rest);
    va_end(rest);
    return opened(path, flags, mode);
}

int unlink(const char *path) {
    char name[NAME_MAX];
    if (trace < 0 || !named(path, name)) return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    pthread_mutex_lock(&order);
    int outcome = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    int error = errno;
    if (outcome == 0) note('U', 0, 0, name, strlen(name));
    pthread_mutex_unlock(&order);
    errno = error;
    return outcome;
}

int rename(const char *from, const char *to) {
    char names[2 * NAME_MAX + 1], name[NAME_MAX];
    int are_ours = trace >= 0 && named(from, names) && named(to, name);
    if (!are_ours) return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    pthread_mutex_lock(&order);
    int outcome = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    int error = errno;
    size_t len = strlen(names) + 1;
    strcpy(names + len, name);
    if (outcome == 0) note('R', 0, 0, names, len + strlen(name));
    pthread_mutex_unlock(&order);
    errno = error;
    return outcome;
}
