// A preloaded library that lets libserialport find and open a pseudo-terminal as a USB serial port.
// Redirects /sys to a faked tree and named /dev nodes to other files, and answers for modem lines.
//
// JOULERIG_FAKE_SYS=DIR          what stands in for /sys
// JOULERIG_FAKE_DEV=/dev/a=FILE  which node is which file; several separated by ':'
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

template <class F>
F* next(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

/// The file behind a faked node, or an empty text.
std::string node_behind(const std::string& path) {
  const char* list = std::getenv("JOULERIG_FAKE_DEV");
  if (!list) return "";
  const std::string entries = std::string(list) + ":", wanted = path + "=";
  for (std::size_t at = 0, end; (end = entries.find(':', at)) != std::string::npos; at = end + 1)
    if (entries.compare(at, wanted.size(), wanted) == 0)
      return entries.substr(at + wanted.size(), end - at - wanted.size());
  return "";
}

std::string redirected(const char* path) {
  if (!path) return "";
  const std::string text(path);
  const char* root = std::getenv("JOULERIG_FAKE_SYS");
  if (root && text.rfind("/sys/", 0) == 0) return root + text.substr(4);
  const std::string node = node_behind(text);
  return node.empty() ? text : node;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
  va_end(more);
  return next<int(const char*, int, ...)>("open")(redirected(path).c_str(), flags, mode);
}

int __open_2(const char* path, int flags) { return open(path, flags); }

DIR* opendir(const char* path) { return next<DIR*(const char*)>("opendir")(redirected(path).c_str()); }

FILE* fopen(const char* path, const char* mode) {
  return next<FILE*(const char*, const char*)>("fopen")(redirected(path).c_str(), mode);
}

ssize_t readlink(const char* path, char* into, size_t size) {
  return next<ssize_t(const char*, char*, size_t)>("readlink")(redirected(path).c_str(), into, size);
}

int __lxstat(int version, const char* path, struct stat* into) {
  (void)version;
  return next<int(const char*, struct stat*)>("lstat")(redirected(path).c_str(), into);
}

/// A faked node is a node, not a link: whoever asks gets its own name back.
char* realpath(const char* path, char* into) {
  if (path && !node_behind(path).empty()) return into ? std::strcpy(into, path) : strdup(path);
  return next<char*(const char*, char*)>("realpath")(path, into);
}

int ioctl(int fd, unsigned long request, ...) {
  va_list more;
  va_start(more, request);
  void* argument = va_arg(more, void*);
  va_end(more);
  const int done = next<int(int, unsigned long, ...)>("ioctl")(fd, request, argument);
  if (done == 0 || errno != ENOTTY) return done;
  switch (request) {  // a pseudo-terminal has no modem lines; a serial port has
    case TIOCMGET: *static_cast<int*>(argument) = TIOCM_DTR | TIOCM_RTS | TIOCM_CTS | TIOCM_DSR; return 0;
    case TIOCMSET:
    case TIOCMBIS:
    case TIOCMBIC: return 0;
    default: return done;
  }
}

}  // extern "C"
