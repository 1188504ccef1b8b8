// The strict reader's checks and pointers.
#include "engine/json_node.h"

#include <algorithm>
#include <set>

#include "base/encoding.h"

namespace volt {

namespace {

// Refuses what a parser would silently merge: two values for one key.
class DuplicateKeys {
public:
  bool operator()(int, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    if (event == Event::object_start) open_.emplace_back();
    if (event == Event::object_end) open_.pop_back();
    if (event == Event::key && !open_.back().insert(parsed.get_ref<const std::string&>()).second && first_.empty()) {
      first_ = parsed.get_ref<const std::string&>();
    }
    return true;
  }

  [[nodiscard]] const std::string& first() const { return first_; }

private:
  std::vector<std::set<std::string>> open_;
  std::string first_;
};

} // namespace

Result<nlohmann::json> parse_json(std::string_view text) {
  DuplicateKeys duplicates;
  // The parser's messages come only as exceptions; they end here.
  try {
    nlohmann::json document = nlohmann::json::parse(text, std::ref(duplicates));
    if (!duplicates.first().empty())
      return plan_invalid("", "the key " + duplicates.first() + " occurs twice in one object");
    return document;
  } catch (const nlohmann::json::exception& exception) {
    const std::string_view what = exception.what();
    const std::size_t tag_end = what.find("] "); // behind the library's own number
    return plan_invalid("", "not JSON: " +
                                std::string(tag_end == std::string_view::npos ? what : what.substr(tag_end + 2)));
  }
}

Result<void> JsonNode::expect_object(std::initializer_list<Key> keys) const {
  if (!value_.is_object()) return invalid("must be an object");
  for (const Key& key : keys) {
    if (key.required == Required::yes && !has(key.name)) return invalid("lacks the key " + std::string(key.name));
  }
  for (const auto& member : value_.items()) {
    const std::string& name = member.key();
    const bool known = std::ranges::any_of(keys, [&](const Key& key) { return key.name == name; });
    if (!known) return invalid("has the unknown key " + name);
  }
  return {};
}

Result<void> JsonNode::expect_keys(std::initializer_list<std::string_view> keys) const {
  if (!value_.is_object()) return invalid("must be an object");
  for (const std::string_view key : keys) {
    if (!has(key)) return invalid("lacks the key " + std::string(key));
  }
  return {};
}

Result<void> JsonNode::expect_array(std::size_t minimum, std::size_t maximum) const {
  if (!value_.is_array()) return invalid("must be an array");
  if (value_.size() >= minimum && value_.size() <= maximum) return {};
  return invalid("has " + std::to_string(value_.size()) + " elements, not " + std::to_string(minimum) + " to " +
                 std::to_string(maximum));
}

Result<bool> JsonNode::boolean() const {
  if (!value_.is_boolean()) return invalid("must be true or false");
  return value_.get<bool>();
}

Result<std::string> JsonNode::string(std::size_t maximum_bytes, std::size_t minimum_bytes) const {
  if (!value_.is_string()) return invalid("must be a string");
  const auto& text = value_.get_ref<const std::string&>();
  if (text.size() < minimum_bytes || text.size() > maximum_bytes)
    return invalid("must have " + std::to_string(minimum_bytes) + " to " + std::to_string(maximum_bytes) + " bytes");
  return text;
}

Result<std::uint64_t> JsonNode::integer(std::uint64_t minimum, std::uint64_t maximum) const {
  const std::string wanted = "must be an integer from " + std::to_string(minimum) + " to " + std::to_string(maximum);
  if (!value_.is_number_unsigned()) return invalid(wanted);
  const auto number = value_.get<std::uint64_t>();
  if (number < minimum || number > maximum) return invalid(wanted);
  return number;
}

Result<std::uint64_t> JsonNode::address(std::uint64_t maximum) const {
  const auto number = value_.is_string() ? parse_address(value_.get_ref<const std::string&>()) : std::nullopt;
  if (!number) return invalid("must be a lower-case hexadecimal number such as 0x1000");
  if (*number > maximum) return invalid("must be at most " + format_address(maximum));
  return *number;
}

Result<std::vector<std::uint8_t>> JsonNode::base64() const {
  auto bytes = value_.is_string() ? decode_base64(value_.get_ref<const std::string&>()) : std::nullopt;
  if (!bytes) return invalid("must be base64 with padding");
  return std::move(*bytes);
}

std::string JsonNode::pointer() const {
  if (parent_ == nullptr) return "";
  if (key_.empty()) return parent_->pointer() + "/" + std::to_string(index_);
  std::string escaped;
  for (const char character : key_) {
    if (character == '~') {
      escaped += "~0";
    } else if (character == '/') {
      escaped += "~1";
    } else {
      escaped += character;
    }
  }
  return parent_->pointer() + "/" + escaped;
}

} // namespace volt
