// setrlimit(2).
#include "unpack/own_limits.h"

#include <cerrno>
#include <clocale>
#include <iconv.h>
#include <langinfo.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sandbox/own_layers.h"

namespace volt {

namespace {

/// The windows of xz and zstd have up to 128 MiB.
constexpr rlim_t memory_bytes = rlim_t{512} << 20;
/// A kernel takes a second; a package of modules, ten.
constexpr rlim_t processor_seconds = 120;

Result<void> limit(decltype(RLIMIT_AS) resource, rlim_t value, const char* what) {
  const rlimit both{value, value};
  if (setrlimit(resource, &both) != 0) return host_error(errno, what);
  return {};
}

/// libc reads its tables of character sets at the first conversion, which names of tar archives want: no file opens
/// afterwards.
void load_conversions() {
  // Names are UTF-8 whatever the host's locale is.
  setlocale(LC_CTYPE, "C.UTF-8");
  const iconv_t conversion = iconv_open(nl_langinfo(CODESET), "UTF-8");
  // SAFETY: iconv_open's failure is this value, as POSIX has it.
  if (conversion != reinterpret_cast<iconv_t>(-1)) iconv_close(conversion);
}

} // namespace

Result<void> enter_own_limits() {
  load_conversions();
  TRY(limit(RLIMIT_AS, memory_bytes, "limit the memory"));
  TRY(limit(RLIMIT_CPU, processor_seconds, "limit the processor time"));
  TRY(enter_own_layers(SandboxMode::best_effort, {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}, ProcessUser::shared));
  return {};
}

} // namespace volt
