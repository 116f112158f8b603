/* Stands between the program and its disk and clock. A file that SCIMBOX_TEST_SHIM names says what is wrong at the moment:
   "full" (no room for the database and its log), "readonly" (their file system takes no
   writes), "write" (writing them fails), "sync" (a sync fails), "clock N" (seconds that the clock is off). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static const char *wrong(char *text, size_t size) {
  const char *path = getenv("SCIMBOX_TEST_SHIM");
  int file = path ? syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return "";
  ssize_t length = syscall(SYS_read, file, text, size - 1);
  syscall(SYS_close, file);
  text[length > 0 ? length : 0] = 0;
  return text;
}

static int is_database(int file) {
  char link[64], path[512];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return strstr(path, "/scimbox.db") != NULL && strstr(path, "-shm") == NULL;
}

static int refuses(int file, const char *what) {
  char text[64];
  return strncmp(wrong(text, sizeof text), what, strlen(what)) == 0 && is_database(file);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
  static ssize_t (*real)(int, const void *, size_t, off64_t);
  if (!real) real = dlsym(RTLD_NEXT, "pwrite64");
  if (refuses(file, "full")) return errno = ENOSPC, -1;
  if (refuses(file, "readonly")) return errno = EROFS, -1;
  if (refuses(file, "write")) return errno = EIO, -1;
  return real(file, bytes, count, at);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) { return pwrite64(file, bytes, count, at); }

int fdatasync(int file) {
  static int (*real)(int);
  if (!real) real = dlsym(RTLD_NEXT, "fdatasync");
  if (refuses(file, "sync")) return errno = EIO, -1;
  return real(file);
}

int fsync(int file) {
  static int (*real)(int);
  if (!real) real = dlsym(RTLD_NEXT, "fsync");
  if (refuses(file, "sync")) return errno = EIO, -1;
  return real(file);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  char text[64];
  long off = 0;
  int done = syscall(SYS_clock_gettime, clock, now);
  if (done == 0 && clock == CLOCK_REALTIME && sscanf(wrong(text, sizeof text), "clock %ld", &off) == 1) now->tv_sec += off;
  return done;
}
