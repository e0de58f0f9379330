/* Preloaded into a process, it writes down what that process does to the files below a folder, and lets calls fail on order.

   CRASH_ROOT  the folder, an absolute path without links
   CRASH_LOG   the file that the calls are appended to, outside of the folder

   A record is `struct record`, then `path_bytes` of a path relative to the folder, then `data_bytes` of what was written.
   Calls are written down in the order in which they are done: one lock is held around each call and its record. */

#define _GNU_SOURCE
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
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAPPED_MAX 16
#define MAPPED_BYTES_MAX 4096

struct record {
  uint64_t inode;
  int64_t offset;
  uint32_t kind;
  uint32_t path_bytes;
  uint32_t data_bytes;
  uint32_t failed;
};

enum { CREATE = 'C', WRITE = 'W', CUT = 'T', SYNC = 'S', SYNC_FOLDER = 'D', RENAME = 'R', UNLINK = 'U', FOLDER = 'M' };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_MAX];
static size_t root_bytes;
static int log_fd = -1;

static long calls, fail_after = -1, fail_calls;
static int fail_errno;
static char fail_kinds[16];
static char fail_name[64];

static struct { void *at; size_t bytes; uint64_t inode; char path[256]; unsigned char was[MAPPED_BYTES_MAX]; } mapped[MAPPED_MAX];

__attribute__((constructor)) static void begin(void) {
  const char *folder = getenv("CRASH_ROOT"), *file = getenv("CRASH_LOG");
  if (!folder || strlen(folder) + 2 > sizeof root) return;
  root_bytes = (size_t)snprintf(root, sizeof root, "%s/", folder);
  if (file) log_fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* From now on the calls after the next `after` of these kinds, on files whose path has `name`, fail: so many (-1: all). */
void crash_fail(long after, long count, int error, const char *kinds, const char *name) {
  pthread_mutex_lock(&lock);
  calls = 0, fail_after = after, fail_calls = count, fail_errno = error;
  snprintf(fail_kinds, sizeof fail_kinds, "%s", kinds);
  snprintf(fail_name, sizeof fail_name, "%s", name);
  pthread_mutex_unlock(&lock);
}

/* How many calls that could have failed there were since. */
long crash_calls(void) {
  pthread_mutex_lock(&lock);
  long found = calls;
  pthread_mutex_unlock(&lock);
  return found;
}

static int inside(const char *path, char *relative, size_t bytes) {
  char full[PATH_MAX], here[PATH_MAX];
  if (!root_bytes) return 0;
  if (path[0] != '/') {
    if (!getcwd(here, sizeof here)) return 0;
    if ((size_t)snprintf(full, sizeof full, "%s/%s", here, path) >= sizeof full) return 0;
    path = full;
  }
  if (strncmp(path, root, root_bytes)) return 0;
  snprintf(relative, bytes, "%s", path + root_bytes);
  return 1;
}

static int of_fd(int fd, char *relative, size_t bytes, struct stat *status) {
  char link[64], full[PATH_MAX];
  if (!root_bytes || syscall(SYS_newfstatat, fd, "", status, AT_EMPTY_PATH)) return 0;
  if (!S_ISREG(status->st_mode) && !S_ISDIR(status->st_mode)) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, full, sizeof full - 1);
  if (length < 0) return 0;
  full[length] = 0;
  if ((size_t)length + 1 == root_bytes && !strncmp(full, root, root_bytes - 1)) {
    relative[0] = 0;
    return 1;
  }
  return inside(full, relative, bytes);
}

static void note(int kind, uint64_t inode, const char *path, int64_t offset, const void *data, size_t bytes, int failed) {
  if (log_fd < 0) return;
  struct record head = {inode, offset, (uint32_t)kind, (uint32_t)strlen(path), (uint32_t)bytes, (uint32_t)failed};
  struct iovec parts[] = {{&head, sizeof head}, {(void *)path, head.path_bytes}, {(void *)data, bytes}};
  long whole = (long)(sizeof head + head.path_bytes + bytes);
  if (syscall(SYS_writev, log_fd, parts, 3) != whole) abort();  /* the log lies where there is room */
}

/* What was written into mapped files is seen when anything is synced or a call is written down. */
static void note_mapped(void) {
  for (int n = 0; n < MAPPED_MAX; n++)
    if (mapped[n].at && memcmp(mapped[n].at, mapped[n].was, mapped[n].bytes)) {
      memcpy(mapped[n].was, mapped[n].at, mapped[n].bytes);
      note(WRITE, mapped[n].inode, mapped[n].path, 0, mapped[n].was, mapped[n].bytes, 0);
    }
}

static int fails(int kind, const char *path) {
  if (fail_after < 0 || !strchr(fail_kinds, kind) || !strstr(path, fail_name)) return 0;
  if (calls++ < fail_after || !fail_calls) return 0;
  if (fail_calls > 0) fail_calls--;
  return 1;
}

/* One call on an open file: fails on order, else is done; what was done is written down. */
#define ON_FILE(kind_, fd, offset, data, length, perform)                          \
  char path[PATH_MAX];                                                              \
  struct stat status;                                                               \
  int kind = kind_;                                                                 \
  if (!of_fd(fd, path, sizeof path, &status)) return perform;                       \
  if (kind == SYNC && S_ISDIR(status.st_mode)) kind = SYNC_FOLDER;                  \
  pthread_mutex_lock(&lock);                                                        \
  note_mapped();                                                                    \
  long done = -1;                                                                   \
  int64_t at = offset;                                                              \
  if (fails(kind, path)) {                                                          \
    errno = fail_errno;                                                             \
    note(kind, status.st_ino, path, 0, "", 0, fail_errno);                          \
  } else {                                                                          \
    done = perform;                                                                 \
    int was = errno;                                                                \
    if (done >= 0) note(kind, status.st_ino, path, at, data, (size_t)(length), 0);  \
    errno = was;                                                                    \
  }                                                                                 \
  int kept = errno;                                                                 \
  pthread_mutex_unlock(&lock);                                                      \
  errno = kept;                                                                     \
  return done

static int64_t place(int fd, const struct stat *status) {
  long flags = syscall(SYS_fcntl, fd, F_GETFL);
  return flags & O_APPEND ? status->st_size : syscall(SYS_lseek, fd, 0, SEEK_CUR);
}

ssize_t write(int fd, const void *data, size_t bytes) {
  ON_FILE(WRITE, fd, place(fd, &status), data, done, syscall(SYS_write, fd, data, bytes));
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t offset) {
  ON_FILE(WRITE, fd, offset, data, done, syscall(SYS_pwrite64, fd, data, bytes, offset));
}

ssize_t pwrite64(int fd, const void *data, size_t bytes, off64_t offset) { return pwrite(fd, data, bytes, offset); }

static int cut(int fd, off_t bytes) { ON_FILE(CUT, fd, bytes, "", 0, (int)syscall(SYS_ftruncate, fd, bytes)); }

int ftruncate(int fd, off_t bytes) { return cut(fd, bytes); }

int ftruncate64(int fd, off64_t bytes) { return cut(fd, bytes); }

int fsync(int fd) { ON_FILE(SYNC, fd, 0, "", 0, (int)syscall(SYS_fsync, fd)); }

int fdatasync(int fd) { ON_FILE(SYNC, fd, 0, "", 0, (int)syscall(SYS_fdatasync, fd)); }

static int opened(int folder, const char *name, int flags, mode_t mode) {
  char path[PATH_MAX];
  struct stat status;
  int changes = flags & (O_CREAT | O_TRUNC) && (folder == AT_FDCWD || name[0] == '/') && inside(name, path, sizeof path);
  if (!changes) return (int)syscall(SYS_openat, folder, name, flags, mode);
  pthread_mutex_lock(&lock);
  int was_there = !syscall(SYS_newfstatat, AT_FDCWD, name, &status, 0), fd = -1;
  if (!was_there && fails(CREATE, path)) {
    errno = fail_errno;
  } else {
    fd = (int)syscall(SYS_openat, folder, name, flags, mode);
  }
  int kept = errno;
  if (fd >= 0 && !syscall(SYS_newfstatat, fd, "", &status, AT_EMPTY_PATH) && S_ISREG(status.st_mode)) {
    if (!was_there) note(CREATE, status.st_ino, path, 0, "", 0, 0);
    else if (flags & O_TRUNC) note(CUT, status.st_ino, path, 0, "", 0, 0);
  }
  pthread_mutex_unlock(&lock);
  errno = kept;
  return fd;
}

#define MODE(flags, mode)        \
  mode_t mode = 0;               \
  if ((flags) & O_CREAT) {       \
    va_list more;                \
    va_start(more, flags);       \
    mode = va_arg(more, mode_t); \
    va_end(more);                \
  }

int open(const char *name, int flags, ...) {
  MODE(flags, mode)
  return opened(AT_FDCWD, name, flags, mode);
}

int open64(const char *name, int flags, ...) {
  MODE(flags, mode)
  return opened(AT_FDCWD, name, flags | O_LARGEFILE, mode);
}

int openat(int folder, const char *name, int flags, ...) {
  MODE(flags, mode)
  return opened(folder, name, flags, mode);
}

int openat64(int folder, const char *name, int flags, ...) {
  MODE(flags, mode)
  return opened(folder, name, flags | O_LARGEFILE, mode);
}

/* One call on names: `path` is what it is about, `more` the other name. */
#define ON_NAME(kind, name, more, perform)                                   \
  char path[PATH_MAX];                                                       \
  if (!inside(name, path, sizeof path)) return perform;                      \
  pthread_mutex_lock(&lock);                                                 \
  note_mapped();                                                             \
  int done = -1;                                                             \
  if (fails(kind, path)) {                                                   \
    errno = fail_errno;                                                      \
  } else {                                                                   \
    done = perform;                                                          \
    int was = errno;                                                         \
    if (!done) note(kind, 0, path, 0, more, strlen(more), 0);                \
    errno = was;                                                             \
  }                                                                          \
  int kept = errno;                                                          \
  pthread_mutex_unlock(&lock);                                               \
  errno = kept;                                                              \
  return done

int rename(const char *from, const char *to) {
  char target[PATH_MAX] = "";
  inside(to, target, sizeof target);
  ON_NAME(RENAME, from, target, (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int unlink(const char *name) { ON_NAME(UNLINK, name, "", (int)syscall(SYS_unlinkat, AT_FDCWD, name, 0)); }

int mkdir(const char *name, mode_t mode) { ON_NAME(FOLDER, name, "", (int)syscall(SYS_mkdirat, AT_FDCWD, name, mode)); }

/* Small files that are mapped to be written, but for SQLite's index of its WAL, which nothing believes after a crash. */
static void *map(void *near, size_t bytes, int rights, int flags, int fd, off_t offset) {
  void *at = (void *)syscall(SYS_mmap, near, bytes, rights, flags, fd, offset);
  char path[PATH_MAX];
  struct stat status;
  if (at == MAP_FAILED || fd < 0 || !(rights & PROT_WRITE) || !(flags & MAP_SHARED) || bytes > MAPPED_BYTES_MAX) return at;
  if (!of_fd(fd, path, sizeof path, &status) || strstr(path, "-shm") || strlen(path) >= sizeof mapped[0].path) return at;
  pthread_mutex_lock(&lock);
  for (int n = 0; n < MAPPED_MAX; n++)
    if (!mapped[n].at) {
      mapped[n].at = at, mapped[n].bytes = bytes, mapped[n].inode = status.st_ino;
      memcpy(mapped[n].path, path, strlen(path) + 1);
      memcpy(mapped[n].was, at, bytes);
      break;
    }
  pthread_mutex_unlock(&lock);
  return at;
}

void *mmap(void *near, size_t bytes, int rights, int flags, int fd, off_t offset) {
  return map(near, bytes, rights, flags, fd, offset);
}

void *mmap64(void *near, size_t bytes, int rights, int flags, int fd, off64_t offset) {
  return map(near, bytes, rights, flags, fd, offset);
}

int munmap(void *at, size_t bytes) {
  pthread_mutex_lock(&lock);
  note_mapped();
  for (int n = 0; n < MAPPED_MAX; n++)
    if (mapped[n].at == at) mapped[n].at = NULL;
  pthread_mutex_unlock(&lock);
  return (int)syscall(SYS_munmap, at, bytes);
}
