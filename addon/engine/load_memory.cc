// Load items: bytes and file ranges.
#include "engine/load_memory.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <sys/stat.h>

namespace volt {

namespace {

Result<void> check_files(const Plan& plan, const PlanDescriptors& files) {
  const std::vector<std::string> backends = backends_of(plan);
  for (const auto& [id, descriptor] : files) {
    if (std::ranges::count(plan.files, id, &PlanFile::id) == 0 && std::ranges::count(backends, id) == 0) {
      return plan_invalid("/files", "has no file " + id + ", for which a descriptor was given");
    }
  }
  for (const std::string& name : backends) {
    if (!files.contains(name)) return plan_invalid("/devices", "no descriptor was given for the backend " + name);
  }
  for (const PlanFile& file : plan.files) {
    const auto given = files.find(file.id);
    if (given == files.end()) return plan_invalid("/files", "no descriptor was given for the file " + file.id);
    struct stat status {};
    if (look_at(given->second.get(), status) != 0) return host_error(errno, "look at the file " + file.id);
    if (static_cast<std::uint64_t>(status.st_size) == file.size_bytes) continue;
    return Error{.message = "the file " + file.id + " has " + std::to_string(status.st_size) +
                            " bytes, in the plan it has " + std::to_string(file.size_bytes),
                 .hint = "the file changed after the plan was made; make a new plan"};
  }
  return {};
}

} // namespace

Result<void> load_memory(const Plan& plan, const PlanDescriptors& files, const GuestMemory& memory,
                         const Cancelled& cancelled) {
  TRY(check_files(plan, files));
  for (const LoadItem& item : plan.load) {
    if (cancelled()) return host_error(ECANCELED, "load " + item.label);
    const auto target = memory.at(item.range);
    assert(target); // check_plan() saw to it
    if (const auto* bytes = std::get_if<InlineSource>(&item.from)) {
      std::ranges::copy(bytes->data, target->begin());
      continue;
    }
    const auto& source = std::get<FileSource>(item.from);
    const PlanFile& file = plan.files[source.file];
    auto result = read_file_at(files.at(file.id).get(), source.offset_bytes, target->first(source.size_bytes));
    if (result.ok()) continue;
    Error error = std::move(result).error();
    error.message = "cannot load " + item.label + " from the file " + file.id + ": " + error.message;
    return error;
  }
  return {};
}

} // namespace volt
