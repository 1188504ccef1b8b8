// Names of linux/kvm.h's extensions, as plans and host facts spell them, and their numbers.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace volt::kvm {

struct Capability {
  std::string_view name;
  int number;
};

/// Every extension that Volt knows, sorted by name.
[[nodiscard]] std::span<const Capability> known_capabilities();

/// Number of the extension called `name`; nothing for a name that Volt does not know.
[[nodiscard]] std::optional<int> capability_number(std::string_view name);

} // namespace volt::kvm
