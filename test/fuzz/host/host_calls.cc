// System calls of this program that are HostKernel's: the linker sends each of them here (--wrap, CMakeLists.txt).
// Descriptors that are not its own go on to the real kernel.
#include <algorithm>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <set>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "host/host_epoll.h"
#include "host/host_kernel.h"

namespace {

using volt::test::answer;
using volt::test::HostCall;
using volt::test::HostEpoll;
using volt::test::HostFile;
using volt::test::HostKernel;
using volt::test::HostObject;

HostKernel& kernel() {
  return HostKernel::instance();
}

bool is_ours(int descriptor) {
  return descriptor >= HostKernel::first_descriptor;
}

/// `call` on the object of a descriptor, unless it has to fail.
template <typename Object = HostObject, typename Call>
auto on(int descriptor, HostCall kind, const Call& call) -> decltype(call(std::declval<Object&>())) {
  using Number = decltype(call(std::declval<Object&>()));
  if (const int failure = kernel().failure_of(kind)) return answer(static_cast<Number>(-failure));
  const auto object = kernel().find<Object>(descriptor);
  return object ? answer(call(*object)) : answer(static_cast<Number>(-EBADF));
}

// SAFETY: a system call only reads from what it writes.
iovec vector_of(const void* data, std::size_t size_bytes) {
  return {.iov_base = const_cast<void*>(data), .iov_len = size_bytes};
}

std::span<const iovec> vectors_of(const iovec* vectors, int count) {
  return {vectors, static_cast<std::size_t>(count)};
}

constexpr std::size_t guard_bytes = 1 << 20;

/// Mappings between two guards, by where they start.
std::set<void*>& guarded() {
  static std::set<void*> starts;
  return starts;
}

} // namespace

// The names are the linker's.
extern "C" {

// NOLINTBEGIN(bugprone-reserved-identifier)
int __real_close(int);
ssize_t __real_read(int, void*, size_t);
ssize_t __real_write(int, const void*, size_t);
int __real_fcntl(int, int, ...);
int __real_ioctl(int, unsigned long, ...);
int __real__ZN4volt7look_atEiR4stat(int, struct stat&);
void* __real_mmap(void*, size_t, int, int, int, off_t);
int __real_munmap(void*, size_t);

int __wrap_close(int descriptor) {
  return is_ours(descriptor) ? answer(kernel().close(descriptor)) : __real_close(descriptor);
}

ssize_t __wrap_read(int descriptor, void* data, size_t size_bytes) {
  if (!is_ours(descriptor)) return __real_read(descriptor, data, size_bytes);
  const iovec to = vector_of(data, size_bytes);
  return on(descriptor, HostCall::receive, [&](HostObject& object) { return object.read({&to, 1}); });
}

ssize_t __wrap_write(int descriptor, const void* data, size_t size_bytes) {
  if (!is_ours(descriptor)) return __real_write(descriptor, data, size_bytes);
  const iovec from = vector_of(data, size_bytes);
  return on(descriptor, HostCall::send, [&](HostObject& object) { return object.write({&from, 1}); });
}

ssize_t __wrap_readv(int descriptor, const iovec* vectors, int count) {
  return on(descriptor, HostCall::receive, [&](HostObject& object) { return object.read(vectors_of(vectors, count)); });
}

ssize_t __wrap_writev(int descriptor, const iovec* vectors, int count) {
  return on(descriptor, HostCall::send, [&](HostObject& object) { return object.write(vectors_of(vectors, count)); });
}

int __wrap_fcntl(int descriptor, int command, ...) {
  std::va_list arguments;
  va_start(arguments, command);
  const long argument = va_arg(arguments, long);
  va_end(arguments);
  if (!is_ours(descriptor)) return __real_fcntl(descriptor, command, argument);
  const auto object = kernel().find(descriptor);
  if (!object) return answer(-EBADF);
  return command == F_DUPFD_CLOEXEC ? kernel().open(object) : 0; // flags: all is non-blocking
}

int __wrap_ioctl(int descriptor, unsigned long request, ...) {
  std::va_list arguments;
  va_start(arguments, request);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  if (!is_ours(descriptor)) return __real_ioctl(descriptor, request, argument);
  return on(descriptor, HostCall::control, [&](HostObject& object) { return object.control(request, argument); });
}

int __wrap_epoll_create1(int) {
  return kernel().open(std::make_shared<HostEpoll>());
}

int __wrap_epoll_ctl(int descriptor, int operation, int watched, epoll_event* event) {
  const auto control = [&](HostEpoll& epoll) {
    const auto object = kernel().find(watched);
    return object ? epoll.control_watch(operation, watched, object, event) : -EBADF;
  };
  if (operation != EPOLL_CTL_DEL) return on<HostEpoll>(descriptor, HostCall::watch, control);
  return answer(control(*kernel().find<HostEpoll>(descriptor))); // does not fail for what is watched
}

// Nobody else acts while it waits: where nothing is ready the time passes at once.
int __wrap_epoll_wait(int descriptor, epoll_event* ready, int maximum, int timeout_milliseconds) {
  const auto epoll = kernel().find<HostEpoll>(descriptor);
  if (!epoll) std::abort();
  const std::size_t count = epoll->collect({ready, static_cast<std::size_t>(maximum)});
  if (count == 0 && timeout_milliseconds < 0) std::abort();
  if (count == 0) kernel().advance(std::chrono::milliseconds(timeout_milliseconds));
  return static_cast<int>(count);
}

int __wrap_eventfd(unsigned, int) {
  return kernel().open(std::make_shared<volt::test::HostCounter>());
}

int __wrap_memfd_create(const char*, unsigned) {
  return kernel().open(std::make_shared<HostFile>());
}

int __wrap_ftruncate(int descriptor, off_t size_bytes) {
  kernel().find<HostFile>(descriptor)->resize(static_cast<std::size_t>(size_bytes));
  return 0;
}

int __wrap__ZN4volt7look_atEiR4stat(int descriptor, struct stat& status) {
  if (!is_ours(descriptor)) return __real__ZN4volt7look_atEiR4stat(descriptor, status);
  status = {};
  status.st_mode = S_IFREG;
  status.st_size = static_cast<off_t>(kernel().find<HostFile>(descriptor)->size());
  return 0;
}

ssize_t __wrap_preadv(int descriptor, const iovec* vectors, int count, off_t offset) {
  return on<HostFile>(descriptor, HostCall::transfer, [&](HostFile& file) {
    return file.read_at(vectors_of(vectors, count), static_cast<std::size_t>(offset));
  });
}

ssize_t __wrap_pwritev(int descriptor, const iovec* vectors, int count, off_t offset) {
  return on<HostFile>(descriptor, HostCall::transfer, [&](HostFile& file) {
    return file.write_at(vectors_of(vectors, count), static_cast<std::size_t>(offset));
  });
}

ssize_t __wrap_pread(int descriptor, void* data, size_t size_bytes, off_t offset) {
  const iovec to = vector_of(data, size_bytes);
  return __wrap_preadv(descriptor, &to, 1, offset);
}

ssize_t __wrap_pwrite(int descriptor, const void* data, size_t size_bytes, off_t offset) {
  const iovec from = vector_of(data, size_bytes);
  return __wrap_pwritev(descriptor, &from, 1, offset);
}

int __wrap_fdatasync(int descriptor) {
  return on<HostFile>(descriptor, HostCall::transfer, [](HostFile&) { return 0; });
}

int __wrap_fallocate(int descriptor, int mode, off_t offset, off_t size_bytes) {
  return on<HostFile>(descriptor, HostCall::transfer, [&](HostFile& file) {
    if ((mode & FALLOC_FL_PUNCH_HOLE) == 0) return -EOPNOTSUPP;
    return file.punch(static_cast<std::size_t>(offset), static_cast<std::size_t>(size_bytes));
  });
}

// Memory that nobody may touch lies around each mapping, so that what goes past guest memory does not end in other
// memory.
void* __wrap_mmap(void* start, size_t size_bytes, int protection, int flags, int descriptor, off_t offset) {
  if ((flags & MAP_ANONYMOUS) == 0) return __real_mmap(start, size_bytes, protection, flags, descriptor, offset);
  void* const whole = __real_mmap(start, size_bytes + 2 * guard_bytes, PROT_NONE, flags, descriptor, offset);
  if (whole == MAP_FAILED) return whole;
  void* const inner = static_cast<std::uint8_t*>(whole) + guard_bytes;
  if (mprotect(inner, size_bytes, protection) != 0) std::abort();
  guarded().insert(inner);
  return inner;
}

int __wrap_munmap(void* start, size_t size_bytes) {
  if (guarded().erase(start) == 0) return __real_munmap(start, size_bytes);
  return __real_munmap(static_cast<std::uint8_t*>(start) - guard_bytes, size_bytes + 2 * guard_bytes);
}

int __wrap_madvise(void* start, size_t size_bytes, int advice) {
  if (advice != MADV_DONTNEED) std::abort();
  if (const int failure = kernel().failure_of(HostCall::release)) return answer(-failure);
  std::memset(start, 0, size_bytes);
  return 0;
}

ssize_t __wrap_getrandom(void* data, size_t size_bytes, unsigned) {
  if (const int failure = kernel().failure_of(HostCall::random)) return answer<ssize_t>(-failure);
  kernel().fill({static_cast<std::uint8_t*>(data), size_bytes});
  return static_cast<ssize_t>(size_bytes);
}

/// std::chrono::steady_clock::now().
std::int64_t __wrap__ZNSt6chrono3_V212steady_clock3nowEv() {
  return kernel().now().count();
}
// NOLINTEND(bugprone-reserved-identifier)

} // extern "C"
