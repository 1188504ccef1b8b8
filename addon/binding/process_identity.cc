// /proc/PID/stat and pidfd_open.
#include "binding/process_identity.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <sys/syscall.h>
#include <unistd.h>

namespace volt::binding {

namespace {

std::string read_stat(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  const FileDescriptor descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!descriptor.valid()) return "";
  std::array<char, 1024> text;
  const ssize_t count = read(descriptor.get(), text.data(), text.size());
  return count > 0 ? std::string(text.data(), static_cast<std::size_t>(count)) : "";
}

} // namespace

// proc(5). Fields are counted from behind the name, which may hold spaces and parentheses.
std::string start_time_of(pid_t pid) {
  const std::string stat = read_stat(pid);
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return "";
  std::string_view rest = std::string_view(stat).substr(name_end + 1);
  const auto next_field = [&rest] {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    const std::string_view field = rest.substr(0, rest.find(' '));
    rest.remove_prefix(field.size());
    return field;
  };
  const std::string_view state = next_field(); // field 3
  if (state == "Z" || state == "X") return ""; // ended, not yet waited for
  for (int field = 4; field < 22; ++field)
    next_field();
  return std::string(next_field());
}

Result<FileDescriptor> open_process(pid_t pid, const std::string& start_time) {
  // glibc 2.36's pidfd_open() is not everywhere yet.
  FileDescriptor descriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!descriptor.valid() && errno == ESRCH) return FileDescriptor();
  if (!descriptor.valid()) return host_error(errno, "open process " + std::to_string(pid) + " (pidfd_open)");
  // The descriptor stands for one process for good; so the number, read now, is that process's or it has ended. A start
  // time that cannot be read is nobody's.
  if (start_time.empty() || start_time_of(pid) != start_time) return FileDescriptor();
  return descriptor;
}

} // namespace volt::binding
